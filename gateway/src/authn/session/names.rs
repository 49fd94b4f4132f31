//! Names of groups, kept once however many remembered people are in them.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;
use policy::GroupId;

const ENTRIES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// The groups seen lately.
pub(super) struct Names(Mutex<LruCache<GroupId, ()>>);

impl Names {
    pub(super) fn new() -> Names {
        Names(Mutex::new(LruCache::new(ENTRIES)))
    }

    /// Replaces each group by the one of the same name that is kept already.
    pub(super) fn share(&self, groups: &mut [GroupId]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for group in groups {
            if let Some((kept, ())) = known.get_key_value(group) {
                *group = kept.clone();
            } else {
                known.put(group.clone(), ());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_kept_once() {
        let names = Names::new();
        let of = |texts: [&str; 2]| {
            let mut groups = texts.map(GroupId::from);
            names.share(&mut groups);
            groups
        };
        let (ana, bob) = (of(["corp:dev", "corp:ops"]), of(["corp:ops", "corp:sales"]));
        assert_eq!(
            bob.clone().map(|group| group.to_string()),
            ["corp:ops", "corp:sales"]
        );
        assert!(std::ptr::eq(ana[1].as_str(), bob[0].as_str()));
    }
}
