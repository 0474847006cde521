//! The tables and indexes of an envelope-v1 artifact.
//!
//! Names matter to the letter: readers run `CREATE … IF NOT EXISTS` for each of them on every open, so a missing
//! or renamed index is built again on each open of a large file. Two index names of `v1_resources` are swapped
//! against their columns; that is how the format is.

/// One table: its columns in order, with the declaration that follows each name.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, &'static str)],
}

/// One index.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) table: &'static str,
    pub(crate) unique: bool,
    pub(crate) columns: &'static [&'static str],
    /// The condition of a partial index.
    pub(crate) condition: Option<&'static str>,
}

impl Table {
    pub(crate) fn create_sql(&self) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        format!("CREATE TABLE {} ({})", self.name, columns.join(", "))
    }

    /// Adds a row: a value for each column but the number of the row.
    pub(crate) fn insert_sql(&self) -> String {
        let names: Vec<_> = self.columns.iter().skip(1).map(|(name, _)| *name).collect();
        let places: Vec<_> = (1..=names.len()).map(|n| format!("?{n}")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.name,
            names.join(", "),
            places.join(", ")
        )
    }
}

impl Index {
    pub(crate) fn create_sql(&self) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let condition = self
            .condition
            .map(|condition| format!(" WHERE {condition}"))
            .unwrap_or_default();
        format!(
            "CREATE {unique}INDEX {} ON {} ({}){condition}",
            self.name,
            self.table,
            self.columns.join(", ")
        )
    }
}

const ID: (&str, &str) = ("id", "integer primary key");
const DATA: (&str, &str) = ("data", "blob not null");
const SYNC_ID: (&str, &str) = ("sync_id", "text not null");
const DISCOVERED_AT: (&str, &str) = ("discovered_at", "datetime not null");

const fn text(name: &'static str) -> (&'static str, &'static str) {
    (name, "text not null")
}

const fn text_or_empty(name: &'static str) -> (&'static str, &'static str) {
    (name, "text not null default ''")
}

const fn flag(name: &'static str) -> (&'static str, &'static str) {
    (name, "integer not null default 0")
}

pub(crate) const RESOURCE_TYPES: &Table = &Table {
    name: "v1_resource_types",
    columns: &[ID, text("external_id"), DATA, SYNC_ID, DISCOVERED_AT],
};

pub(crate) const RESOURCES: &Table = &Table {
    name: "v1_resources",
    columns: &[
        ID,
        text("resource_type_id"),
        text("external_id"),
        ("parent_resource_type_id", "text"),
        ("parent_resource_id", "text"),
        DATA,
        SYNC_ID,
        DISCOVERED_AT,
    ],
};

pub(crate) const ENTITLEMENTS: &Table = &Table {
    name: "v1_entitlements",
    columns: &[
        ID,
        text("resource_type_id"),
        text("resource_id"),
        text("external_id"),
        DATA,
        SYNC_ID,
        DISCOVERED_AT,
    ],
};

pub(crate) const SYNC_RUNS: &Table = &Table {
    name: "v1_sync_runs",
    columns: &[
        ID,
        SYNC_ID,
        ("started_at", "datetime not null"),
        ("ended_at", "datetime"),
        text("sync_token"),
        ("sync_type", "text not null default 'full'"),
        text_or_empty("parent_sync_id"),
        text_or_empty("linked_sync_id"),
        flag("supports_diff"),
        flag("grants_backfilled"),
        ("stats", "text"),
        text_or_empty("ingest_invariant_generation"),
        text_or_empty("ingest_invariant_coverage"),
        text_or_empty("ingest_invariant_mode"),
    ],
};

pub(crate) const GRANTS: &Table = &Table {
    name: "v1_grants",
    columns: &[
        ID,
        text("resource_type_id"),
        text("resource_id"),
        text("entitlement_id"),
        text("principal_resource_type_id"),
        text("principal_resource_id"),
        text("external_id"),
        ("expansion", "blob"),
        flag("needs_expansion"),
        DATA,
        SYNC_ID,
        DISCOVERED_AT,
    ],
};

pub(crate) const ASSETS: &Table = &Table {
    name: "v1_assets",
    columns: &[
        ID,
        text("external_id"),
        text("content_type"),
        DATA,
        SYNC_ID,
        DISCOVERED_AT,
    ],
};

pub(crate) const CONNECTOR_SESSIONS: &Table = &Table {
    name: "v1_connector_sessions",
    columns: &[ID, SYNC_ID, text("key"), ("value", "blob not null")],
};

/// All tables, in the order in which the format creates them.
pub(crate) const TABLES: &[&Table] = &[
    RESOURCE_TYPES,
    RESOURCES,
    ENTITLEMENTS,
    SYNC_RUNS,
    GRANTS,
    ASSETS,
    CONNECTOR_SESSIONS,
];

/// Readers create the others when they are missing; without one of these there is no artifact.
pub(crate) const REQUIRED_TABLES: &[&Table] = &[RESOURCE_TYPES, RESOURCES, ENTITLEMENTS, SYNC_RUNS, GRANTS];

pub(crate) fn is_required(table: &Table) -> bool {
    REQUIRED_TABLES.iter().any(|required| required.name == table.name)
}

const fn unique(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Index {
    Index {
        name,
        table,
        unique: true,
        columns,
        condition: None,
    }
}

const fn index(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Index {
    Index {
        name,
        table,
        unique: false,
        columns,
        condition: None,
    }
}

/// All indexes. The unique ones come first, so that a collision shows before the other indexes are paid for.
pub(crate) const INDEXES: &[Index] = &[
    unique(
        "idx_resource_types_external_sync_v1",
        "v1_resource_types",
        &["external_id", "sync_id"],
    ),
    unique(
        "idx_resources_parent_resource_id_v1",
        "v1_resources",
        &["external_id", "sync_id"],
    ),
    unique(
        "idx_entitlements_external_sync_v1",
        "v1_entitlements",
        &["external_id", "sync_id"],
    ),
    unique(
        "idx_grants_external_sync_v1",
        "v1_grants",
        &["external_id", "sync_id"],
    ),
    unique("idx_sync_runs_sync_id_v1", "v1_sync_runs", &["sync_id"]),
    unique(
        "idx_assets_external_sync_v1",
        "v1_assets",
        &["external_id", "sync_id"],
    ),
    unique(
        "idx_session_store_sync_key_v1",
        "v1_connector_sessions",
        &["sync_id", "key"],
    ),
    index(
        "idx_resources_resource_type_id_v1",
        "v1_resources",
        &["resource_type_id"],
    ),
    index(
        "idx_resources_external_sync_v1",
        "v1_resources",
        &["parent_resource_type_id", "parent_resource_id"],
    ),
    index(
        "idx_entitlements_resource_id_v1",
        "v1_entitlements",
        &["resource_type_id", "resource_id"],
    ),
    index(
        "idx_grants_resource_type_id_resource_id_v1",
        "v1_grants",
        &["resource_type_id", "resource_id"],
    ),
    index(
        "idx_grants_principal_id_v1",
        "v1_grants",
        &["principal_resource_type_id", "principal_resource_id"],
    ),
    index(
        "idx_grants_entitlement_id_principal_id_v1",
        "v1_grants",
        &[
            "entitlement_id",
            "principal_resource_type_id",
            "principal_resource_id",
        ],
    ),
    index(
        "idx_grants_entitlement_sync_grant_v1",
        "v1_grants",
        &["entitlement_id", "sync_id", "id"],
    ),
    Index {
        condition: Some("expansion IS NOT NULL"),
        ..index("idx_grants_sync_expansion_v1", "v1_grants", &["sync_id"])
    },
    Index {
        condition: Some("needs_expansion = 1"),
        ..index("idx_grants_sync_needs_expansion_v1", "v1_grants", &["sync_id"])
    },
];
