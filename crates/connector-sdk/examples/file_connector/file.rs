//! The vendor: a text file.
//!
//! ```text
//! user; ines; Ines Calder; ines@example.com; active
//! team; platform; Platform; ines, @oncall
//! ```

use connector_sdk::{Code, Error, Result};
use std::path::PathBuf;
use tokio::sync::Mutex;

/// The file, and the right to change it.
#[derive(Debug)]
pub(crate) struct PeopleFile {
    path: PathBuf,
    editing: Mutex<()>,
}

/// What is in it.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) users: Vec<User>,
    pub(crate) teams: Vec<Team>,
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// `active`, or whatever else was written there.
    pub(crate) status: String,
}

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Ids of users, and ids of teams behind an `@`.
    pub(crate) members: Vec<String>,
}

/// A change of the file: its text before and after.
#[derive(Debug)]
pub(crate) struct Edit {
    before: String,
    pub(crate) after: String,
}

impl PeopleFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            editing: Mutex::new(()),
        }
    }

    /// Reads it.
    pub(crate) async fn read(&self) -> Result<People> {
        let text = tokio::fs::read_to_string(&self.path).await.map_err(|source| {
            let code = match source.kind() {
                std::io::ErrorKind::NotFound => Code::NotFound,
                std::io::ErrorKind::PermissionDenied => Code::PermissionDenied,
                _ => Code::Unavailable,
            };
            Error::new(code, format!("the file {} cannot be read", self.path.display()))
                .with_hint("Check the setting people-file")
                .with_source(source)
        })?;
        People::parse(&text)
    }

    /// Changes it, or only says what would change. Where the edit refuses or changes nothing, nothing is written.
    pub(crate) async fn edit(
        &self,
        write: bool,
        edit: impl FnOnce(&mut People) -> Result<()>,
    ) -> Result<Option<Edit>> {
        let _editing = self.editing.lock().await;
        let mut people = self.read().await?;
        let before = people.to_text();
        edit(&mut people)?;
        let after = people.to_text();
        if before == after {
            return Ok(None);
        }
        if write {
            tokio::fs::write(&self.path, &after).await.map_err(|source| {
                let message = format!("the file {} cannot be written", self.path.display());
                Error::new(Code::Unavailable, message).with_source(source)
            })?;
        }
        Ok(Some(Edit { before, after }))
    }
}

impl Edit {
    /// The lines that it takes out.
    pub(crate) fn taken(&self) -> Vec<&str> {
        lines_beyond(&self.before, &self.after)
    }

    /// The lines that it puts in.
    pub(crate) fn put(&self) -> Vec<&str> {
        lines_beyond(&self.after, &self.before)
    }
}

fn lines_beyond<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    text.lines().filter(|l| !other.lines().any(|o| o == *l)).collect()
}

impl People {
    fn parse(text: &str) -> Result<Self> {
        let mut people = Self::default();
        for (n, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let parts: Vec<&str> = line.split(';').map(str::trim).collect();
            match parts.as_slice() {
                ["user", id, name, email, status] => people.users.push(User {
                    id: (*id).to_owned(),
                    name: (*name).to_owned(),
                    email: (*email).to_owned(),
                    status: (*status).to_owned(),
                }),
                ["team", id, name, members] => people.teams.push(Team {
                    id: (*id).to_owned(),
                    name: (*name).to_owned(),
                    members: members
                        .split(',')
                        .map(|m| m.trim().to_owned())
                        .filter(|m| !m.is_empty())
                        .collect(),
                }),
                // Leaving the line out would hide someone's access.
                _ => {
                    return Err(Error::new(
                        Code::Internal,
                        format!("line {} is neither a user nor a team", n + 1),
                    ));
                }
            }
        }
        Ok(people)
    }

    pub(crate) fn to_text(&self) -> String {
        let users = self
            .users
            .iter()
            .map(|u| format!("user; {}; {}; {}; {}\n", u.id, u.name, u.email, u.status));
        let teams = self
            .teams
            .iter()
            .map(|t| format!("team; {}; {}; {}\n", t.id, t.name, t.members.join(", ")));
        users.chain(teams).collect()
    }

    /// A team by its id.
    pub(crate) fn team(&mut self, id: &str) -> Result<&mut Team> {
        let found = self.teams.iter_mut().find(|t| t.id == id);
        found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no team {id:?}")))
    }
}
