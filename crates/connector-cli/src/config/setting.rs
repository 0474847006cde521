//! One setting, and the table of all of them.

use connector_sdk::{Field, FieldKind};

/// A field of the connector or of this crate, with what the command line adds to it.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Name, kind, default, description.
    pub(crate) field: Field,
    /// One-letter flag.
    pub(crate) short: Option<char>,
    /// Under which heading it stands.
    pub(crate) group: Group,
    /// What stands for its value in help text.
    pub(crate) value_word: &'static str,
    /// The only values of a text, where they are few.
    pub(crate) choices: &'static [&'static str],
    /// Further words for choices; an empty one stands for the default.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
    /// The value of a flag given without one.
    pub(crate) bare: Option<&'static str>,
    /// The default in words, where it is not a fixed value.
    pub(crate) default_words: &'static str,
    /// Whether it can stand in a configuration file.
    pub(crate) in_file: bool,
    /// The secret that is in the file that this setting names.
    pub(crate) file_of: Option<Box<Field>>,
    /// Whether a console offers it to whoever operates the program.
    pub(crate) operation: bool,
    /// Whether the short help shows it: few are needed to begin.
    pub(crate) common: bool,
    /// Whether the program can do what it asks for; where not, setting it is an error, and no page shows it.
    pub(crate) offered: bool,
}

/// The headings of help text and documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// What reaches the vendor.
    Connector,
    /// What is synced, and how.
    Sync,
    /// What is changed at the vendor instead.
    Change,
    /// What a platform may ask for, and how it reaches the program.
    Service,
    /// What is told about it.
    Output,
    /// What a collector is told about it.
    Telemetry,
}

impl Group {
    /// Every one, in the order in which they are shown.
    pub(crate) const ALL: [Self; 6] = [
        Self::Connector,
        Self::Sync,
        Self::Change,
        Self::Service,
        Self::Output,
        Self::Telemetry,
    ];
}

impl Setting {
    pub(crate) fn new(field: Field, group: Group) -> Self {
        let bare = matches!(field.kind, FieldKind::Switch(_)).then_some("true");
        let is_needed = field.required;
        let value_word = match field.kind {
            FieldKind::Text(_) => "TEXT",
            FieldKind::Switch(_) => "BOOL",
            FieldKind::Number { .. } => "N",
            FieldKind::List => "A,B",
        };
        Self {
            field,
            short: None,
            group,
            value_word,
            choices: &[],
            aliases: &[],
            bare,
            default_words: "",
            in_file: true,
            file_of: None,
            operation: false,
            common: is_needed,
            offered: true,
        }
    }

    pub(crate) fn short(self, short: char) -> Self {
        Self {
            short: Some(short),
            ..self
        }
    }

    pub(crate) fn value_word(self, value_word: &'static str) -> Self {
        Self { value_word, ..self }
    }

    pub(crate) fn choices(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    /// Whether an empty text stands for the default.
    pub(crate) fn takes_nothing_for_default(&self) -> bool {
        self.aliases.iter().any(|(word, _)| word.is_empty())
    }

    pub(crate) fn aliases(self, aliases: &'static [(&'static str, &'static str)]) -> Self {
        Self { aliases, ..self }
    }

    pub(crate) fn bare(self, bare: &'static str) -> Self {
        Self {
            bare: Some(bare),
            ..self
        }
    }

    pub(crate) fn default_words(self, default_words: &'static str) -> Self {
        Self {
            default_words,
            ..self
        }
    }

    pub(crate) fn not_in_file(self) -> Self {
        Self {
            in_file: false,
            ..self
        }
    }

    pub(crate) fn common(self) -> Self {
        Self { common: true, ..self }
    }

    pub(crate) fn operation(self) -> Self {
        Self {
            operation: true,
            ..self
        }
    }

    pub(crate) fn offered_if(self, offered: bool) -> Self {
        Self { offered, ..self }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.field.name
    }

    /// Its environment names, the main one first.
    pub(crate) fn environment_names(&self) -> Vec<String> {
        let (field, suffix) = match &self.file_of {
            Some(secret) => (&**secret, "_FILE"),
            None => (&self.field, ""),
        };
        let further = field.further_environment.iter().map(|name| (*name).to_owned());
        std::iter::once(field.environment_name())
            .chain(further)
            .map(|name| name + suffix)
            .collect()
    }

    /// Whether a file that others may have written may set it: how fast and how loud the program is, and nothing else. A
    /// switch, a list or a free text may decide where requests go, who makes them, what is read and written on this machine,
    /// what is missing from an artifact, or which guard of a change is off.
    pub(crate) fn is_harmless(&self) -> bool {
        match self.field.kind {
            FieldKind::Text(_) => !self.choices.is_empty(),
            FieldKind::Number { .. } => self.name() != super::shared::name::KEEP_SYNCS,
            FieldKind::Switch(_) | FieldKind::List => false,
        }
    }

    /// Its default, as a person reads it; empty where there is none.
    pub(crate) fn default_shown(&self) -> String {
        match self.field.kind {
            _ if !self.default_words.is_empty() => self.default_words.to_owned(),
            FieldKind::Text(default) => default.unwrap_or_default().to_owned(),
            FieldKind::Number { default, .. } => default.to_string(),
            FieldKind::Switch(true) => "true".to_owned(),
            FieldKind::Switch(false) | FieldKind::List => String::new(),
        }
    }
}

/// A setting that every program has, and no console.
pub(super) fn of(
    group: Group,
    name: &'static str,
    title: &'static str,
    about: &'static str,
    kind: FieldKind,
) -> Setting {
    Setting::new(Field::of(name, title, about, kind).shell_only(), group)
}

/// One that is on or off, and off by default.
pub(super) fn switch(group: Group, name: &'static str, title: &'static str, about: &'static str) -> Setting {
    of(group, name, title, about, FieldKind::Switch(false))
}
