//! The settings of a connector: one description from which flags, environment names, file keys, their documentation
//! and the configuration document of the wire protocol are made.

use connector_proto::config::v1;

/// All settings of a connector, in the order in which people read them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigSchema {
    /// The connector's name, `Atlassian` for example.
    pub display_name: String,
    /// Where its documentation is: https, or a path of the console that shows the settings.
    pub help_url: String,
    /// Where its icon is, likewise; empty where it has none.
    pub icon_url: String,
    /// The settings.
    pub fields: Vec<Field>,
}

/// One setting.
///
/// ```
/// use connector_sdk::Field;
/// let token = Field::string("api-token", "API token", "The key of the organization")
///     .required()
///     .secret()
///     .environment("EXAMPLE_TOKEN");
/// assert!(token.secret);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name with dashes: the flag, the file key, and in capitals behind `BATON_` the environment name.
    pub name: &'static str,
    /// Name for people.
    pub display_name: &'static str,
    /// What it does, for help texts and consoles.
    pub description: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether the connector cannot work without it.
    pub required: bool,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// An example shown where it is empty.
    pub placeholder: &'static str,
    /// Further environment names that public guides use. Two names with different values are refused.
    pub further_environment: Vec<&'static str>,
    /// Who sets it, and so where it is offered.
    pub audience: Audience,
}

/// Who sets a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person who sets the connector up, in a console too.
    Console,
    /// The person at the shell only; left out of the configuration document.
    Shell,
}

/// What a setting holds, with its default.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Text.
    Text(Option<&'static str>),
    /// Yes or no.
    Switch(bool),
    /// A whole number within bounds.
    Number {
        /// Value where none is given.
        default: i64,
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// Several texts, separated by commas.
    List,
}

impl Field {
    /// A setting that holds text.
    pub fn string(name: &'static str, display_name: &'static str, description: &'static str) -> Self {
        Self::of(name, display_name, description, FieldKind::Text(None))
    }

    /// A setting that is on or off.
    pub fn switch(name: &'static str, display_name: &'static str, description: &'static str) -> Self {
        Self::of(name, display_name, description, FieldKind::Switch(false))
    }

    /// A setting with this kind.
    pub fn of(
        name: &'static str,
        display_name: &'static str,
        description: &'static str,
        kind: FieldKind,
    ) -> Self {
        Self {
            name,
            display_name,
            description,
            kind,
            required: false,
            secret: false,
            placeholder: "",
            further_environment: Vec::new(),
            audience: Audience::Console,
        }
    }

    /// Says that the connector cannot work without it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says that its value must never be shown.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The value where none is given; for text only.
    #[must_use]
    pub fn default_text(mut self, value: &'static str) -> Self {
        self.kind = FieldKind::Text(Some(value));
        self
    }

    /// An example shown where it is empty.
    #[must_use]
    pub fn placeholder(mut self, text: &'static str) -> Self {
        self.placeholder = text;
        self
    }

    /// A further environment name.
    #[must_use]
    pub fn environment(mut self, name: &'static str) -> Self {
        self.further_environment.push(name);
        self
    }

    /// Keeps it out of the configuration document.
    #[must_use]
    pub fn shell_only(mut self) -> Self {
        self.audience = Audience::Shell;
        self
    }

    /// Its main environment name: `BATON_` and the name in capitals.
    pub fn environment_name(&self) -> String {
        format!("BATON_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

impl ConfigSchema {
    /// The configuration document: the settings that a console offers.
    pub fn to_proto(&self) -> v1::Configuration {
        v1::Configuration {
            display_name: self.display_name.clone(),
            help_url: self.help_url.clone(),
            icon_url: self.icon_url.clone(),
            fields: self
                .fields
                .iter()
                .filter(|f| f.audience == Audience::Console)
                .map(field_to_proto)
                .collect(),
            ..Default::default()
        }
    }
}

fn field_to_proto(field: &Field) -> v1::Field {
    use v1::field::Field as Value;
    let value = match &field.kind {
        FieldKind::Text(default) => Value::StringField(v1::StringField {
            default_value: default.unwrap_or_default().to_owned(),
            rules: field.required.then(|| v1::StringRules {
                is_required: true,
                ..Default::default()
            }),
            ..Default::default()
        }),
        FieldKind::Switch(default) => Value::BoolField(v1::BoolField {
            default_value: *default,
            ..Default::default()
        }),
        FieldKind::Number { default, min, max } => Value::IntField(v1::IntField {
            default_value: *default,
            rules: Some(v1::Int64Rules {
                gte: Some(*min),
                lte: Some(*max),
                is_required: field.required,
                ..Default::default()
            }),
            ..Default::default()
        }),
        FieldKind::List => Value::StringSliceField(v1::StringSliceField {
            rules: field.required.then(|| v1::RepeatedStringRules {
                is_required: true,
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    v1::Field {
        name: field.name.to_owned(),
        display_name: field.display_name.to_owned(),
        description: field.description.to_owned(),
        placeholder: field.placeholder.to_owned(),
        is_required: field.required,
        is_secret: field.secret,
        field: Some(value),
        ..Default::default()
    }
}
