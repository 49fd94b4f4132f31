//! Reads the log from the noted position on and notes what it finds.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

use crate::{
    QueryError,
    detail::Stored,
    folder::Folder,
    frame::{self, Item},
    lines,
    record::field,
};

/// Bytes that are read and indexed in one transaction.
const CHUNK: usize = 1 << 20;
/// Bytes of the longest body; a longer one is damage.
const LONGEST: usize = 8 << 20;

/// The database and the log it follows.
pub(super) struct Index {
    connection: Connection,
    folder: Folder,
}

/// How far the log is read.
#[derive(Clone, Copy, Debug)]
struct Position {
    seq: u64,
    segment: u64,
    offset: u64,
    detail_segment: u64,
    detail_offset: u64,
}

impl Index {
    /// Opens the database; fails when it does not fit the log.
    pub(super) fn open(folder: &Folder) -> Result<Self, QueryError> {
        let connection = Connection::open(folder.index())?;
        connection.execute_batch(include_str!("schema.sql"))?;
        let index = Self {
            connection,
            folder: folder.clone(),
        };
        index.check()?;
        Ok(index)
    }

    /// Begins anew with an empty file, since the old one may not even read any more.
    pub(super) fn renew(&mut self) -> Result<(), QueryError> {
        // Closed first: what is closed last takes the files of the write-ahead log with it.
        self.connection = Connection::open_in_memory()?;
        super::remove(&self.folder).map_err(QueryError::io(self.folder.index()))?;
        *self = Self::open(&self.folder)?;
        Ok(())
    }

    /// Reads up to `size` records; answers how many the index holds.
    pub(super) fn follow(&mut self, size: u64) -> Result<u64, QueryError> {
        let mut position = self.position()?;
        while position.seq < size {
            let transaction = self.connection.transaction()?;
            let before = position;
            let full = read_records(&transaction, &self.folder, &mut position, size)?;
            if position.seq == before.seq && position.offset == before.offset {
                if !full {
                    return Err(damaged(
                        position.seq,
                        "it is not where the log should have it",
                    ));
                }
                position = Position {
                    segment: position.seq,
                    offset: 0,
                    ..position
                };
            }
            read_details(&transaction, &self.folder, &mut position)?;
            position.save(&transaction)?;
            transaction.commit()?;
        }
        Ok(position.seq)
    }

    /// Whether the last record in the index is the one in the log.
    fn check(&self) -> Result<(), QueryError> {
        let position = self.position()?;
        let Some(last) = position.seq.checked_sub(1) else {
            return Ok(());
        };
        let row: Option<(String, u64, u64)> = self
            .connection
            .query_row(
                "SELECT id, segment, offset FROM record WHERE seq = ?1",
                [last],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let (id, segment, offset) = row.ok_or_else(|| damaged(last, "the index lost it"))?;
        let record = read_record(&self.folder.segment(segment), last, offset)?;
        if field(&record, "id") == Some(id.as_str()) {
            Ok(())
        } else {
            Err(damaged(last, "the index has another"))
        }
    }

    fn position(&self) -> Result<Position, QueryError> {
        let columns = "SELECT seq, segment, offset, detail_segment, detail_offset FROM position";
        Ok(self.connection.query_row(columns, [], |row| {
            Ok(Position {
                seq: row.get(0)?,
                segment: row.get(1)?,
                offset: row.get(2)?,
                detail_segment: row.get(3)?,
                detail_offset: row.get(4)?,
            })
        })?)
    }
}

impl Position {
    fn save(self, transaction: &Transaction<'_>) -> Result<(), QueryError> {
        let Self {
            seq,
            segment,
            offset,
            detail_segment,
            detail_offset,
        } = self;
        transaction.execute(
            "UPDATE position SET seq = ?1, segment = ?2, offset = ?3,
             detail_segment = ?4, detail_offset = ?5",
            params![seq, segment, offset, detail_segment, detail_offset],
        )?;
        Ok(())
    }
}

/// Indexes one chunk of a segment; answers whether another segment begins where it ends.
fn read_records(
    transaction: &Transaction<'_>,
    folder: &Folder,
    position: &mut Position,
    size: u64,
) -> Result<bool, QueryError> {
    let path = folder.segment(position.segment);
    let bytes = read_at(&path, position.offset, CHUNK).map_err(QueryError::io(&path))?;
    let mut rest = bytes.as_slice();
    while position.seq < size {
        let (item, after) = frame::next(rest);
        match item {
            Item::Head(..) | Item::Seal(_) => {}
            Item::Record(body, _) => {
                insert(transaction, position, body)?;
                position.seq += 1;
            }
            // The chunk ends, or the segment does.
            Item::Nothing | Item::Broken(_) => break,
        }
        position.offset += (rest.len() - after.len()) as u64;
        rest = after;
    }
    let next = folder.segment(position.seq);
    Ok(position.seq > position.segment && next.try_exists().map_err(QueryError::io(next))?)
}

fn insert(transaction: &Transaction<'_>, at: &Position, body: &[u8]) -> Result<(), QueryError> {
    let record: Value =
        serde_json::from_slice(body).map_err(|_| damaged(at.seq, "it is not a record"))?;
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or_default();
    let reasons = record.pointer("/reasons").map(Value::to_string);
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO record VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?;
    statement.execute(params![
        at.seq,
        text("/id").unwrap_or_default(),
        kind,
        record
            .pointer("/time_ns")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        text("/on_behalf_of/id").or_else(|| text("/principal/id")),
        text("/principal/id"),
        text("/principal/type"),
        text("/app/id"),
        text("/app/instance"),
        text("/app/path"),
        text("/action").unwrap_or(kind),
        text("/resource/type").or_else(|| text("/target/type")),
        text("/resource/id").or_else(|| text("/target/id")),
        text("/decision"),
        reasons,
        text("/intent"),
        text("/parent"),
        at.segment,
        at.offset,
    ])?;
    Ok(())
}

/// Indexes what the detail files have gained, up to the active segment.
fn read_details(
    transaction: &Transaction<'_>,
    folder: &Folder,
    position: &mut Position,
) -> Result<(), QueryError> {
    let segments = folder.segments().map_err(QueryError::io(folder.path()))?;
    let mut statement =
        transaction.prepare_cached("INSERT OR REPLACE INTO detail VALUES (?1, ?2, ?3)")?;
    for segment in segments {
        if segment < position.detail_segment || segment > position.segment {
            continue;
        }
        let from = if segment == position.detail_segment {
            position.detail_offset
        } else {
            0
        };
        let path = folder.detail(segment);
        let bytes = match read_at(&path, from, usize::MAX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(QueryError::io(&path))?,
        };
        let mut result = Ok(0);
        let end = lines::each(&bytes, &mut |offset, body| {
            if let Some(stored) = Stored::parse(body) {
                let inserted = statement.execute(params![stored.id, segment, from + offset]);
                result = std::mem::replace(&mut result, Ok(0)).and(inserted);
            }
        });
        result?;
        position.detail_segment = segment;
        position.detail_offset = from + end;
    }
    Ok(())
}

/// Reads one record from where the index says it is.
pub(crate) fn read_record(path: &Path, seq: u64, offset: u64) -> Result<Value, QueryError> {
    let body = read_body(path, offset).map_err(QueryError::io(path))?;
    let body = body.ok_or_else(|| damaged(seq, "it does not read"))?;
    serde_json::from_slice(&body).map_err(|_| damaged(seq, "it is not a record"))
}

/// Reads the framed body at an offset; nothing when there is none.
pub(crate) fn read_body(path: &Path, offset: u64) -> io::Result<Option<Vec<u8>>> {
    let prefix = read_at(path, offset, 8)?;
    let length = std::str::from_utf8(&prefix)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let Some(length) = length.filter(|length| *length <= LONGEST) else {
        return Ok(None);
    };
    let bytes = read_at(path, offset, length + frame::PREFIX + 1)?;
    match frame::next(&bytes) {
        (Item::Record(body, _), _) => Ok(Some(body.to_vec())),
        _ => Ok(None),
    }
}

fn read_at(path: &Path, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let left = file.metadata()?.len().saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(left).unwrap_or(limit).min(limit)];
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read_at(room, offset + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn damaged(seq: u64, what: &str) -> QueryError {
    QueryError::Damaged {
        seq,
        what: what.to_owned(),
    }
}
