CREATE TABLE resource_types (id TEXT PRIMARY KEY, name TEXT NOT NULL, is_account BOOLEAN NOT NULL);
CREATE TABLE resources (
    type TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, status TEXT NOT NULL, status_details TEXT NOT NULL,
    last_used DATE, mfa BOOLEAN, unmanaged BOOLEAN NOT NULL, outside_directories BOOLEAN NOT NULL, parent_type TEXT, parent_id TEXT,
    PRIMARY KEY (type, id)
);
CREATE TABLE entitlements (
    id TEXT PRIMARY KEY, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL, name TEXT NOT NULL, slug TEXT NOT NULL, privileged BOOLEAN NOT NULL
);
CREATE TABLE grants (
    id TEXT PRIMARY KEY, principal_type TEXT NOT NULL, principal_id TEXT NOT NULL, entitlement_id TEXT NOT NULL, held TEXT NOT NULL, why TEXT NOT NULL,
    unconfirmed BOOLEAN NOT NULL, dormant BOOLEAN NOT NULL, immutable BOOLEAN NOT NULL
);
CREATE TABLE grant_sources (grant_id TEXT NOT NULL, entitlement_id TEXT NOT NULL, direct BOOLEAN NOT NULL, PRIMARY KEY (grant_id, entitlement_id));
CREATE INDEX grants_by_principal ON grants (principal_type, principal_id);
CREATE INDEX grants_by_entitlement ON grants (entitlement_id);
-- Accounts, each with the number of its grants.
CREATE VIEW accounts AS
SELECT r.id, r.name, r.email, r.status, r.status_details, r.last_used, r.mfa, r.unmanaged, r.outside_directories,
       (SELECT count(*) FROM grants g WHERE g.principal_type = r.type AND g.principal_id = r.id) AS grants
FROM resources r JOIN resource_types t ON t.id = r.type AND t.is_account;
-- Who has what, and why, in names.
CREATE VIEW access AS
SELECT p.name AS principal, p.email, p.status, p.last_used, coalesce(o.name, e.resource_id) AS resource, e.resource_type, coalesce(e.name, g.entitlement_id) AS entitlement,
       e.privileged, g.why, g.held, g.unconfirmed, g.dormant, g.immutable, g.principal_type, g.principal_id, g.entitlement_id, g.id AS grant_id
FROM grants g
LEFT JOIN resources p ON p.type = g.principal_type AND p.id = g.principal_id
LEFT JOIN entitlements e ON e.id = g.entitlement_id
LEFT JOIN resources o ON o.type = e.resource_type AND o.id = e.resource_id;
-- Through what something is held, a row for each group.
CREATE VIEW reasons AS
SELECT a.principal, a.email, a.resource, a.entitlement, coalesce(o.name, s.entitlement_id) AS through, s.direct AS member_itself, a.grant_id
FROM access a
JOIN grant_sources s ON s.grant_id = a.grant_id
LEFT JOIN entitlements e ON e.id = s.entitlement_id
LEFT JOIN resources o ON o.type = e.resource_type AND o.id = e.resource_id
WHERE s.entitlement_id <> a.entitlement_id;
