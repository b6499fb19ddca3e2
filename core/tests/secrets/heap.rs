//! Searches the memory that this process has allocated, what was freed included. What is searched for lies there only masked,
//! and what is read only on the stack, so that the search does not find itself.

#[cfg(target_os = "linux")]
use std::fs::{File, read_to_string};
#[cfg(target_os = "linux")]
use std::os::unix::fs::FileExt;

const MASK: u8 = 0xa5;
#[cfg(target_os = "linux")]
const WINDOW: usize = 64 * 1024;
/// An allocator writes its own notes over the beginning of what is freed: a longer form is known by the rest.
const OVERWRITTEN: usize = 16;

/// One form of a secret.
pub(crate) struct Form {
    pub(crate) name: String,
    /// Whether a living client has it in memory.
    pub(crate) kept: bool,
    masked: Vec<u8>,
}

impl Form {
    pub(crate) fn new(name: String, bytes: impl Iterator<Item = u8>, kept: bool) -> Self {
        let mut masked: Vec<u8> = bytes.map(|byte| byte ^ MASK).collect();
        if masked.len() > 2 * OVERWRITTEN {
            masked.drain(..OVERWRITTEN);
        }
        Self { name, kept, masked }
    }

    /// The form itself, for a copy that is leaked on purpose.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.masked.iter().map(|byte| byte ^ MASK).collect()
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let Some(first) = self.masked.first().map(|byte| byte ^ MASK) else { return false };
        let begins = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
        begins.map(|(at, _)| &bytes[at..]).any(|rest| {
            rest.len() >= self.masked.len()
                && self.masked.iter().zip(rest).all(|(masked, byte)| masked ^ MASK == *byte)
        })
    }
}

/// Whether a process may read its own memory here as a file; without that nothing is searched.
pub(crate) const SEARCHES: bool = cfg!(target_os = "linux");

#[cfg(not(target_os = "linux"))]
pub(crate) fn found(_: &[Form]) -> Vec<String> {
    Vec::new()
}

/// The names of the forms that are somewhere in allocated memory.
#[cfg(target_os = "linux")]
pub(crate) fn found(forms: &[Form]) -> Vec<String> {
    let maps = read_to_string("/proc/self/maps").expect("Linux tells a process its memory");
    let memory = File::open("/proc/self/mem").expect("Linux lets a process read its memory");
    let longest = forms.iter().map(|form| form.masked.len()).max().unwrap_or(0);
    let mut names = Vec::new();
    let mut window = [0_u8; WINDOW];
    for (start, end) in maps.lines().filter_map(allocated) {
        let mut at = start;
        while at < end {
            let wanted = WINDOW.min(usize::try_from(end - at).expect("a map fits into memory"));
            // A page that was never touched cannot be read and holds nothing.
            let Ok(read) = memory.read_at(&mut window[..wanted], at) else { break };
            let here = forms.iter().filter(|form| form.is_in(&window[..read]));
            names.extend(here.map(|form| form.name.clone()));
            // The next window begins before the end of this one: a form may lie across it.
            at += u64::try_from(if read > longest { read - longest } else { read.max(1) }).expect("small");
            if read == wanted && at + u64::try_from(longest).expect("small") >= end {
                break;
            }
        }
    }
    window.fill(0);
    names.sort();
    names.dedup();
    names
}

/// First and last address of a line of the maps that is writable and belongs to the heap or to no file.
#[cfg(target_os = "linux")]
fn allocated(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let writable = words.next()?.starts_with("rw");
    let place = words.nth(3).unwrap_or("[heap]");
    let address = |text| u64::from_str_radix(text, 16).ok();
    (writable && place == "[heap]").then(|| address(start).zip(address(end))).flatten()
}
