//! Finds the end of a log that was left by another run, however that run ended.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::{Found, Place};
use crate::{
    OpenError,
    folder::{self, Folder},
    frame::Tip,
    record::{self, Change},
    scan::{Line, Scan, Tail, scan},
};

/// Where to go on.
pub(super) struct End {
    pub(super) place: Place,
    pub(super) tip: Tip,
    pub(super) found: Found,
    /// Whether there is no segment yet.
    pub(super) is_new: bool,
    /// Whether a failed writer left its note.
    pub(super) is_suspect: bool,
}

/// Reads the last segment, and as many before it as may hold open calls.
pub(super) fn find_end(folder: &Folder) -> Result<End, OpenError> {
    let fault = |deed| OpenError::io(deed, folder.path());
    let firsts = folder.segments().map_err(fault("list"))?;
    let Some((&last, earlier)) = firsts.split_last() else {
        let place = Place {
            first: 0,
            before: [0; 32],
            end: 0,
        };
        let (tip, found) = (Tip::default(), Found::default());
        return Ok(End {
            place,
            tip,
            found,
            is_new: true,
            is_suspect: false,
        });
    };
    let (before, before_open) = tip_before(folder, earlier.last().copied(), last)?;
    let path = folder.segment(last);
    let bytes = fs::read(&path).map_err(OpenError::io("read", &path))?;
    let mut lines = Vec::new();
    let scan = scan(&bytes, before, &mut |line| lines.push(line));
    let torn = match &scan.tail {
        Tail::Clean => 0,
        Tail::Torn(bytes) => *bytes,
        Tail::Damaged { seq, what } => return Err(damaged(path, *seq, what)),
    };
    let refused = folder
        .refused()
        .map_err(fault("read the note `refused` in"))?;
    let (tip, end) = refused
        .and_then(|size| acknowledged(&scan, &lines, Tip { size, ..before }))
        .unwrap_or((scan.tip, scan.end));
    let mut found = Found {
        torn,
        undone: scan.tip.size - tip.size,
        ..Found::default()
    };
    // The open mark only ever rises, so an earlier one reads further back and misses nothing.
    let open = if found.undone == 0 {
        scan.open.unwrap_or(before_open)
    } else {
        before_open
    };
    earlier_calls(folder, &firsts, open, &mut found)?;
    for line in lines.iter().filter(|line| line.seq < tip.size) {
        apply(*line, &path, &mut found)?;
    }
    let place = Place {
        first: last,
        before: before.hash,
        end: end as u64,
    };
    Ok(End {
        place,
        tip,
        found,
        is_new: false,
        is_suspect: refused.is_some(),
    })
}

/// The tip at the end of the segment before `last`, and its open mark.
fn tip_before(folder: &Folder, earlier: Option<u64>, last: u64) -> Result<(Tip, u64), OpenError> {
    let path = folder.segment(last);
    let Some(earlier) = earlier else {
        return if last == 0 {
            Ok((Tip::default(), 0))
        } else {
            Err(damaged(path, 0, "the segments before it are missing"))
        };
    };
    let earlier = folder.segment(earlier);
    let seal = folder::last_seal(&earlier).map_err(OpenError::io("read", &earlier))?;
    match seal {
        Some((tip, open)) if tip.size == last => Ok((tip, open)),
        Some((tip, _)) => Err(damaged(
            path,
            tip.size,
            "records before this segment are missing",
        )),
        None => Err(damaged(
            earlier,
            last,
            "the segment does not end with a seal",
        )),
    }
}

/// The end of what was acknowledged, if the note of a failed writer fits what is there.
fn acknowledged(scan: &Scan, lines: &[Line<'_>], noted: Tip) -> Option<(Tip, usize)> {
    let kept = scan.seals.iter().rev().nth(1).copied();
    let (tip, end) = kept.unwrap_or((noted, 0));
    let begins = lines.first().is_some_and(|line| line.seq == noted.size);
    let one_batch = match kept {
        Some((tip, _)) => tip.size == noted.size,
        None => scan.seals.len() == 1 && begins,
    };
    let next = lines.iter().find(|line| line.seq == noted.size)?;
    let value: Value = serde_json::from_slice(next.body).ok()?;
    let recovered = matches!(record::field(&value, "kind"), Some("outage" | "boot"));
    (one_batch && !recovered).then_some((tip, end))
}

/// Collects open calls from the segments before the last one.
fn earlier_calls(
    folder: &Folder,
    firsts: &[u64],
    open: u64,
    found: &mut Found,
) -> Result<(), OpenError> {
    let start = firsts.iter().rposition(|first| *first <= open).unwrap_or(0);
    let before = start.checked_sub(1).and_then(|at| firsts.get(at)).copied();
    let Some(&first) = firsts.get(start) else {
        return Ok(());
    };
    if Some(&first) == firsts.last() {
        return Ok(());
    }
    let (mut tip, _) = tip_before(folder, before, first)?;
    for pair in firsts.get(start..).unwrap_or(&[]).windows(2) {
        let [first, next] = pair else { continue };
        let path = folder.segment(*first);
        let bytes = fs::read(&path).map_err(OpenError::io("read", &path))?;
        let mut lines = Vec::new();
        let scan = scan(&bytes, tip, &mut |line| lines.push(line));
        if scan.tail != Tail::Clean || scan.tip.size != *next {
            return Err(damaged(
                path,
                scan.tip.size,
                "the segment does not read to its end",
            ));
        }
        for line in lines {
            apply(line, &path, found)?;
        }
        tip = scan.tip;
    }
    Ok(())
}

fn apply(line: Line<'_>, path: &std::path::Path, found: &mut Found) -> Result<(), OpenError> {
    let value: Option<Value> = serde_json::from_slice(line.body).ok();
    let change = value.as_ref().and_then(Change::of);
    let change = change.ok_or_else(|| damaged(path.into(), line.seq, "it is not a record"))?;
    drop(found.calls.apply(line.seq, &change));
    Ok(())
}

fn damaged(path: PathBuf, seq: u64, what: &str) -> OpenError {
    OpenError::Damaged {
        path,
        seq,
        what: what.to_owned(),
    }
}
