//! Users and groups of the machine, by name or number.

use std::fmt;

use nix::unistd::{Gid, Group, Uid, User};

use crate::config::Owner;

/// The error for a name that the machine does not know.
#[derive(Debug)]
pub struct UnknownAccount {
    kind: &'static str,
    name: String,
}

impl fmt::Display for UnknownAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name } = self;
        write!(f, "there is no {kind} `{name}` on this machine: create it, or correct the name")
    }
}

impl std::error::Error for UnknownAccount {}

/// Returns the id of a user.
pub(crate) fn user_id(owner: &Owner) -> Result<Uid, UnknownAccount> {
    match owner {
        Owner::Id(id) => Ok(Uid::from_raw(*id)),
        Owner::Name(name) => match User::from_name(name) {
            Ok(Some(user)) => Ok(user.uid),
            _ => Err(UnknownAccount { kind: "user", name: name.clone() }),
        },
    }
}

/// Returns the id of a group.
pub(crate) fn group_id(owner: &Owner) -> Result<Gid, UnknownAccount> {
    match owner {
        Owner::Id(id) => Ok(Gid::from_raw(*id)),
        Owner::Name(name) => match Group::from_name(name) {
            Ok(Some(group)) => Ok(group.gid),
            _ => Err(UnknownAccount { kind: "group", name: name.clone() }),
        },
    }
}

/// Returns the users whom the group database lists as members. Users whose primary group it is are recognised by the group of
/// their process.
pub(crate) fn members(group: Gid) -> Vec<Uid> {
    let names = Group::from_gid(group).ok().flatten().map(|group| group.mem).unwrap_or_default();
    names.iter().filter_map(|name| User::from_name(name).ok().flatten()).map(|user| user.uid).collect()
}
