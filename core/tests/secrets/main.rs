//! No secret is printed, and none stays in memory: a program of its own, so that the memory it searches holds nothing but
//! what a client left there. `life.rs` is what a client does, `heap.rs` searches, this file says what must not be found.
//!
//! Two things prove that the search can fail: while the client lives it finds its secret and its keyed state, and at the end
//! it finds a leaked copy of each form.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test, though without a harness"
)]

mod heap;
mod life;

use base64::{Engine, engine::general_purpose::STANDARD};
use heap::Form;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// The API secret, an old and a new callback secret. Constants lie outside of what is searched.
const SECRETS: [&str; 3] = [
    "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg",
    "hzeRDX54BYleXGwGm2YEWR4Ony1_ZU2lSTpAuxhW1gQ",
    "KN8weStbVNpr-ecRgChlD7wEQGG3BdCX-vxlvRZx2kk",
];

fn main() -> ExitCode {
    let forms: Vec<Form> = SECRETS.into_iter().flat_map(forms).collect();
    let mut wrong = Vec::new();

    let (client, told) = life::lived(SECRETS);
    let alive = heap::found(&forms);
    // Only the API secret is kept as a keyed state; callback secrets are keyed for each callback.
    for form in forms.iter().filter(|form| form.kept && heap::SEARCHES) {
        if !alive.contains(&form.name) {
            wrong.push(format!("the search does not find {} of a living client", form.name));
        }
    }
    for form in &forms {
        if form.is_in(told.printed.as_bytes()) {
            wrong.push(format!("{} was printed", form.name));
        }
    }
    for signature in &told.signatures {
        if told.printed.contains(signature.as_str()) {
            wrong.push("an Authorization header was printed".to_owned());
        }
    }
    if told.printed.len() < 10_000 || told.signatures.len() < 8 {
        wrong.push("the client did not live long enough to prove anything".to_owned());
    }

    drop((client, told));
    for name in heap::found(&forms) {
        wrong.push(format!("{name} is still in memory after the client was dropped"));
    }
    // Asked at once: what comes later writes over what was freed.
    life::configured(SECRETS);
    for name in heap::found(&forms) {
        wrong.push(format!("{name} is still in memory after a configuration was read"));
    }

    for form in &forms {
        let leaked: &'static [u8] = form.bytes().leak();
        if heap::SEARCHES && !heap::found(&forms).contains(&form.name) || leaked.is_empty() {
            wrong.push(format!("the search does not find a leaked copy of {}", form.name));
        }
    }

    wrong.iter().for_each(|sentence| println!("✗ {sentence}"));
    if wrong.is_empty() {
        let searched = if heap::SEARCHES { "none left in memory" } else { "memory cannot be searched here" };
        println!("{} forms of {} secrets: none printed, {searched}", forms.len(), SECRETS.len());
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

/// Everything that gives a secret away: its text and its encodings, the blocks that HMAC makes of it, and the states after
/// those blocks, with which anybody can sign.
fn forms(secret: &str) -> Vec<Form> {
    let short: String = secret.chars().take(4).collect();
    let name = |what: &str| format!("{what} of {short}…");
    let api = secret == SECRETS[0];
    let block = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(secret.bytes()).for_each(|(place, byte)| *place ^= byte);
        block
    };
    let encoded = Zeroizing::new(STANDARD.encode(secret));
    let mut forms = vec![
        Form::new(name("the text"), secret.bytes(), true),
        Form::new(name("the base64"), encoded.bytes(), false),
        Form::new(name("the hex"), hex(secret, b"0123456789abcdef"), false),
        Form::new(name("the upper-case hex"), hex(secret, b"0123456789ABCDEF"), false),
        Form::new(name("the inner block"), block(0x36).into_iter(), false),
        Form::new(name("the outer block"), block(0x5c).into_iter(), false),
    ];
    for (what, pad) in [("inner", 0x36), ("outer", 0x5c)] {
        let mut sha1 = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
        sha1::block_api::compress(&mut sha1, &[block(pad)]);
        let state = sha1.into_iter().flat_map(u32::to_ne_bytes);
        forms.push(Form::new(name(&format!("the {what} SHA-1 state")), state, api));
        let mut sha2 = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        sha2::block_api::compress256(&mut sha2, &[block(pad)]);
        let state = sha2.into_iter().flat_map(u32::to_ne_bytes);
        forms.push(Form::new(name(&format!("the {what} SHA-256 state")), state, false));
    }
    forms
}

fn hex<'a>(secret: &'a str, digits: &'a [u8; 16]) -> impl Iterator<Item = u8> + 'a {
    secret.bytes().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]])
}
