package cryptopay.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import cryptopay.client.callbacks.Callbacks;
import cryptopay.client.callbacks.MemoryStore;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The client as Java sees it. */
class JavaCallerTest {
  private static BlockingCryptopay client(Sandbox sandbox) {
    return BlockingCryptopay.builder(sandbox.getUrl(), sandbox.getApiKey(), sandbox.getApiSecret())
        .timeout(Duration.ofSeconds(20))
        .rateLimit(null)
        .build();
  }

  @Test
  void createsAndReadsAnInvoice() {
    try (Sandbox sandbox = new Sandbox();
        BlockingCryptopay client = client(sandbox)) {
      InvoiceParams params =
          InvoiceParams.builder(new BigDecimal("100.00"), "EUR", "BTC").customId("o-1").build();
      Invoice made = client.invoices().create(params);
      assertEquals(InvoiceStatus.NEW, made.getStatus());
      assertEquals(0, made.getPriceAmount().compareTo(new BigDecimal("100")));
      assertEquals(made.getId(), client.invoices().retrieve(made.getId()).getId());
      assertEquals(1, client.invoices().list().stream().limit(5).count());
      DuplicateCustomIdException taken =
          assertThrows(DuplicateCustomIdException.class, () -> client.invoices().create(params));
      assertEquals("duplicate_custom_id", taken.getCode());
    }
  }

  @Test
  void aClosedClientSaysSo() {
    BlockingCryptopay client = BlockingCryptopay.builder("sandbox", "key", "hush-hush").build();
    assertFalse(client.toString().contains("hush-hush"));
    client.close();
    MisuseException error = assertThrows(MisuseException.class, () -> client.coins().list());
    assertEquals("the client is closed: make a new one", error.getMessage());
  }

  @Test
  void aListIsWalkedPageByPage() {
    try (Sandbox sandbox = new Sandbox();
        BlockingCryptopay client = client(sandbox)) {
      for (int n = 1; n <= 60; n++) {
        client
            .invoices()
            .create(
                InvoiceParams.builder(new BigDecimal("1.00"), "EUR", "BTC").customId("o-" + n).build());
      }
      List<Integer> sizes = new ArrayList<>();
      for (Page<Invoice> page : client.invoices().list().byPage()) {
        sizes.add(page.size());
        // The last page too: a walk that goes on tomorrow begins after it.
        assertEquals(page.get(page.size() - 1).getId().toString(), page.getLastId());
        assertEquals(200, page.getOutcome().getStatus());
      }
      assertEquals(60, sizes.stream().mapToInt(size -> size).sum());
      assertTrue(sizes.size() > 1);
      assertEquals(sizes, client.invoices().list().streamPages().map(Page::size).toList());
      assertEquals(sizes.get(0), client.invoices().list().first().size());
    }
  }

  @Test
  void optionsHaveBuilders() {
    Duration brief = Duration.ofSeconds(3);
    assertEquals(
        new ReadOptions(brief, Duration.ofSeconds(1), 1, "e", "m"),
        ReadOptions.builder()
            .timeout(brief)
            .attemptTimeout(Duration.ofSeconds(1))
            .maxRetries(1)
            .ifNoneMatch("e")
            .ifModifiedSince("m")
            .build());
    assertEquals(new ReadOptions(), ReadOptions.builder().build());
    assertEquals(
        new WriteOptions(null, null, 0, true),
        WriteOptions.builder().maxRetries(0).generatedCustomId(true).build());
    assertEquals(new CommitOptions(brief), CommitOptions.builder().timeout(brief).build());
    try (Sandbox sandbox = new Sandbox();
        BlockingCryptopay client = client(sandbox)) {
      assertFalse(client.coins().list(ReadOptions.builder().maxRetries(1).build()).isEmpty());
      Account account = client.accounts().list().first().get(0);
      assertSame(account, CommitOptions.builder().quote(account).build().getQuote());
    }
  }

  @Test
  void aQuoteIsCommitted() {
    try (Sandbox sandbox = new Sandbox();
        BlockingCryptopay client = client(sandbox)) {
      CoinWithdrawalParams params =
          CoinWithdrawalParams.builder("2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA", "EUR", "BTC")
              .receivedAmount(new BigDecimal("0.001"))
              .customId("p-1")
              .build();
      CoinWithdrawal quote = client.coinWithdrawals().create(params);
      CommitOptions options = CommitOptions.of(quote);
      assertSame(quote, options.getQuote());
      assertEquals(quote.getId(), client.coinWithdrawals().commit(quote.getId(), options).getId());
    }
  }

  @Test
  void theEnvironmentIsRead() {
    ConfigurationException error =
        assertThrows(ConfigurationException.class, () -> BlockingCryptopay.fromEnv(Map.of()));
    assertTrue(error.getMessage().contains("CRYPTOPAY_ENVIRONMENT"));
  }

  @Test
  void aCallbackIsHandledOnce() {
    Callbacks callbacks = new Callbacks(List.of("new", "old"));
    byte[] body =
        "{\"type\":\"Invoice\",\"event\":\"created\",\"data\":{\"id\":\"i-1\",\"status\":\"new\"}}"
            .getBytes(StandardCharsets.UTF_8);
    String signature = new Callbacks(List.of("old")).sign(body);
    List<String> handled = new ArrayList<>();
    MemoryStore store = new MemoryStore();
    assertThrows(
        IllegalStateException.class,
        () ->
            callbacks.receive(
                body,
                signature,
                store,
                event -> {
                  throw new IllegalStateException("no database");
                }));
    for (int n = 0; n < 2; n++) {
      assertEquals(
          200, callbacks.receive(body, signature, store, event -> handled.add(event.getType())).getStatus());
    }
    assertEquals(List.of("Invoice"), handled);
    assertEquals(400, callbacks.receive(body, "00", store, event -> handled.add("bad")).getStatus());
    assertEquals(1, callbacks.verify(body, signature).getSecret());
    assertEquals(-1, callbacks.parse(body).getSecret());
    assertFalse(callbacks.toString().contains("old"));
  }
}
