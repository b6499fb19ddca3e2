// The page of the checkout: opens an invoice through the shop's relay, shows what to pay, and looks until it is paid. There
// is no secret and no wasm here, and a lost answer is read by its custom_id, never asked for twice.

import { createRelayClient, RelayError } from "/relay-page.js";

const relay = createRelayClient({ url: "/relay" });
const LOOK_EVERY_MS = 500;
const root = document.querySelector("main");
const show = (id, text) => {
  document.getElementById(id).textContent = text;
};
const state = (name, text) => {
  root.dataset.state = name;
  show("status", text);
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The invoice of this order; one whose answer was lost is read. */
async function open() {
  try {
    return await relay.invoices.create({ pay_currency: "BTC", metadata: { order: "1001" } });
  } catch (error) {
    if (!(error instanceof RelayError && error.maybeSent)) throw error;
    return relay.invoices.retrieveByCustomId({ custom_id: error.customId });
  }
}

/** Groups of four, easier to compare; what is copied has none. */
const grouped = (address) => address.match(/.{1,4}/g).join(" ");

function countDown({ created_at: from, expires_at: until }) {
  const [began, ends] = [Date.parse(from), Date.parse(until)];
  const tick = () => {
    const left = Math.max(0, ends - Date.now());
    const seconds = Math.ceil(left / 1000);
    show("countdown", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    document.getElementById("ring").style.strokeDashoffset = String(100 - (100 * left) / (ends - began));
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
}

function draw(invoice) {
  const told = {
    new: invoice.transactions.length ? ["seen", "Payment seen, confirming…"] : ["new", "Waiting for your payment"],
    completed: ["completed", "Paid"],
    unresolved: ["failed", `The shop will write to you: ${invoice.status_context}`],
  };
  state(...(told[invoice.status] ?? ["failed", `This invoice is ${invoice.status}`]));
  document.getElementById("wallet").disabled = root.dataset.state !== "new";
  return root.dataset.state;
}

try {
  const invoice = await open();
  show("amount", invoice.pay_amount);
  show("currency", invoice.pay_currency);
  show("address", grouped(invoice.address));
  show("network", invoice.network ?? invoice.pay_currency);
  show("invoice", invoice.id.slice(0, 8));
  show("paid", `${invoice.pay_amount} ${invoice.pay_currency}`);
  countDown(invoice);
  const copied = { amount: invoice.pay_amount, address: invoice.address };
  for (const button of document.querySelectorAll("[data-copy]"))
    button.onclick = async () => {
      await navigator.clipboard.writeText(copied[button.dataset.copy]);
      button.textContent = "Copied";
    };
  // Only the demo has this button: it stands for the customer's own wallet.
  document.getElementById("wallet").onclick = () => fetch("/wallet", { method: "POST", body: invoice.id });
  for (let now = draw(invoice); now === "new" || now === "seen"; ) {
    await pause(LOOK_EVERY_MS);
    // A look that fails is no news; the next one may come through.
    const seen = await relay.invoices.retrieveByCustomId({ custom_id: invoice.custom_id }).catch(() => undefined);
    if (seen) now = draw(seen);
  }
} catch (error) {
  state("failed", error instanceof RelayError ? `The shop cannot be reached: ${error.code}` : String(error));
}
