//! Reads a segment and says where it stops being true, and whether that is a crash or damage.
//!
//! A batch counts only with its seal. What stands after the last good seal is *torn* when a
//! writer that was killed or lost power in one batch can have left it: the beginning of a batch,
//! possibly with whole disk sectors still zero. Nobody was told that such a batch is durable, so
//! dropping it loses nothing. Everything else is *damage*, which is reported and never repaired.

use crate::{
    frame::{self, Hash, Head, Item, Seal, Tip},
    hex,
};

/// Disks write sectors whole; a batch that lost power may miss some of them.
const SECTOR: usize = 512;

/// One record of a sealed batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) seq: u64,
    pub(crate) body: &'a [u8],
}

/// What a segment holds.
#[derive(Debug)]
pub(crate) struct Scan {
    /// After the last good seal.
    pub(crate) tip: Tip,
    /// Offset after the last good seal.
    pub(crate) end: usize,
    /// What the last good seal says about open calls; none before the first seal.
    pub(crate) open: Option<u64>,
    /// Every good seal: the tip and the offset after it.
    pub(crate) seals: Vec<(Tip, usize)>,
    /// Whether the segment has its head.
    pub(crate) headed: bool,
    /// What follows.
    pub(crate) tail: Tail,
}

/// What follows the last good seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing but zeros.
    Clean,
    /// So many bytes of a batch that was never finished.
    Torn(u64),
    /// Something no writer leaves behind.
    Damaged {
        /// First record that cannot be trusted.
        seq: u64,
        what: String,
    },
}

/// Reads a segment that begins at record `before.size`, calling `visit` for each sealed record.
pub(crate) fn scan<'a>(bytes: &'a [u8], before: Tip, visit: &mut dyn FnMut(Line<'a>)) -> Scan {
    let mut scan = Scan {
        tip: before,
        end: 0,
        open: None,
        seals: Vec::new(),
        headed: false,
        tail: Tail::Clean,
    };
    loop {
        let rest = bytes.get(scan.end..).unwrap_or(&[]);
        match batch(rest, &scan) {
            Ok(Some(batch)) => {
                batch.lines.into_iter().for_each(&mut *visit);
                scan.tip = batch.tip;
                scan.open = Some(batch.open);
                scan.headed = true;
                scan.end += batch.length;
                scan.seals.push((scan.tip, scan.end));
            }
            Ok(None) => return scan,
            Err(fault) => {
                scan.tail = judge(rest, &scan, fault);
                return scan;
            }
        }
    }
}

struct Batch<'a> {
    lines: Vec<Line<'a>>,
    tip: Tip,
    open: u64,
    length: usize,
}

struct Fault {
    seq: u64,
    what: String,
}

/// Reads one batch; nothing when only zeros are left.
fn batch<'a>(bytes: &'a [u8], scan: &Scan) -> Result<Option<Batch<'a>>, Fault> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    let mut chain = scan.tip.hash;
    let mut from = 0;
    loop {
        let seq = scan.tip.size + lines.len() as u64;
        let fault = |what: &str| Fault {
            seq,
            what: what.to_owned(),
        };
        let at = bytes.len() - rest.len();
        let (item, after) = frame::next(rest);
        match item {
            Item::Head(head, line) if !scan.headed && at == 0 => {
                chain = check_head(&head, line, scan.tip)?;
                from = line.len();
            }
            Item::Record(..) if !scan.headed && from == 0 => {
                return Err(fault("the segment has no head"));
            }
            Item::Record(body, _) => {
                lines.push(Line { seq, body });
            }
            Item::Seal(seal) => {
                let frames = bytes.get(from..at).unwrap_or(&[]);
                let tip = check_seal(
                    &seal,
                    frames,
                    chain,
                    Tip {
                        size: seq,
                        ..scan.tip
                    },
                )
                .map_err(|what| Fault {
                    seq: scan.tip.size,
                    what,
                })?;
                let length = bytes.len() - after.len();
                return Ok(Some(Batch {
                    lines,
                    tip,
                    open: seal.open,
                    length,
                }));
            }
            Item::Nothing if at == 0 && bytes.iter().all(|byte| *byte == 0) => return Ok(None),
            Item::Nothing => return Err(fault("a batch without its seal")),
            Item::Head(..) => return Err(fault("a head that is not at the start")),
            Item::Broken(what) => return Err(fault(what)),
        }
        rest = after;
    }
}

fn check_head(head: &Head, line: &[u8], tip: Tip) -> Result<Hash, Fault> {
    let fault = |what: &str| Fault {
        seq: tip.size,
        what: what.to_owned(),
    };
    if head.v != 1 {
        return Err(fault("the segment has an unknown version"));
    }
    if head.first != tip.size {
        return Err(fault("the segment begins at another record"));
    }
    if head.prev != hex::encode(&tip.hash) {
        return Err(fault("the segment does not continue the one before it"));
    }
    Ok(frame::chain(tip.hash, line, ""))
}

fn check_seal(seal: &Seal, frames: &[u8], chain: Hash, end: Tip) -> Result<Tip, String> {
    if seal.size != end.size {
        return Err(format!(
            "the seal counts {} records where {} are",
            seal.size, end.size
        ));
    }
    let (_, tip) = frame::seal(chain, frames, seal.open, seal.size);
    if seal.hash != hex::encode(&tip.hash) {
        return Err("the seal does not match its batch".to_owned());
    }
    Ok(tip)
}

/// Decides whether what follows the last good seal is a torn batch.
fn judge(rest: &[u8], scan: &Scan, fault: Fault) -> Tail {
    let length = rest
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let region = rest.get(..length).unwrap_or(rest);
    if is_cut(region, scan.headed) || has_hole(region, scan.end) {
        Tail::Torn(length as u64)
    } else {
        Tail::Damaged {
            seq: fault.seq,
            what: fault.what,
        }
    }
}

/// Whole lines and then the beginning of one: a write that stopped.
fn is_cut(region: &[u8], headed: bool) -> bool {
    let mut rest = region;
    loop {
        match frame::next(rest) {
            (Item::Head(..), after) if !headed && rest.len() == region.len() => rest = after,
            (Item::Record(..), after) => rest = after,
            (Item::Nothing, _) => return rest.is_empty(),
            (Item::Broken(_), _) => return frame::is_beginning(rest),
            (Item::Head(..) | Item::Seal(_), _) => return false,
        }
    }
}

/// A sector that is still zero inside a single batch: power was lost while it was written.
fn has_hole(region: &[u8], offset: usize) -> bool {
    let seals = region
        .windows(7)
        .filter(|window| *window == b"\n=seal ")
        .count();
    let last_line = region
        .strip_suffix(b"\n")
        .unwrap_or(region)
        .rsplit(|byte| *byte == b'\n')
        .next();
    let seal_is_last = last_line.is_some_and(|line| line.starts_with(b"=seal "));
    if seals > 1 || (seals == 1 && !seal_is_last) {
        return false;
    }
    let (first, others) = region
        .split_at_checked((SECTOR - offset % SECTOR) % SECTOR)
        .unwrap_or((region, &[]));
    let zero = |sector: &[u8]| !sector.is_empty() && sector.iter().all(|byte| *byte == 0);
    zero(first) || others.chunks(SECTOR).any(zero)
}

#[cfg(test)]
mod tests;
