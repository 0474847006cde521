//! What a connector says of itself.

use super::program::Answer;
use super::runs::{check, shown};
use insta::{assert_snapshot, with_settings};

#[test]
fn documents() {
    check!(Answer::Rows, &["capabilities"], @r#"
    exit 0
    --- stdout
    {
      "@type": "type.googleapis.com/c1.connector.v2.ConnectorCapabilities",
      "connectorCapabilities": [
        "CAPABILITY_PROVISION",
        "CAPABILITY_SYNC",
        "CAPABILITY_ACCOUNT_PROVISIONING",
        "CAPABILITY_RESOURCE_DELETE",
        "CAPABILITY_ACTIONS"
      ],
      "credentialDetails": {
        "capabilityAccountProvisioning": {
          "preferredCredentialOption": "CAPABILITY_DETAIL_CREDENTIAL_OPTION_NO_PASSWORD",
          "supportedCredentialOptions": [
            "CAPABILITY_DETAIL_CREDENTIAL_OPTION_NO_PASSWORD"
          ]
        }
      },
      "resourceTypeCapabilities": [
        {
          "capabilities": [
            "CAPABILITY_SYNC",
            "CAPABILITY_PROVISION"
          ],
          "permissions": {},
          "resourceType": {
            "displayName": "Team",
            "id": "team",
            "traits": [
              "TRAIT_GROUP"
            ]
          }
        },
        {
          "capabilities": [
            "CAPABILITY_SYNC",
            "CAPABILITY_ACCOUNT_PROVISIONING",
            "CAPABILITY_RESOURCE_DELETE"
          ],
          "permissions": {},
          "resourceType": {
            "displayName": "User",
            "id": "user",
            "traits": [
              "TRAIT_USER"
            ]
          }
        }
      ]
    }
    --- stderr
    "#);
    check!(Answer::Rows, &["config"], @r#"
    exit 0
    --- stdout
    {
      "displayName": "Example",
      "fields": [
        {
          "description": "How long one request may take, in seconds",
          "displayName": "HTTP timeout",
          "intField": {
            "defaultValue": "300",
            "rules": {
              "gte": "1",
              "lte": "1800"
            }
          },
          "isOps": true,
          "name": "http-timeout-seconds"
        },
        {
          "boolField": {},
          "description": "Tell at /health, /ready and /live how the daemon is",
          "displayName": "Health check",
          "isOps": true,
          "name": "health-check"
        },
        {
          "description": "The port of these paths",
          "displayName": "Health check port",
          "intField": {
            "defaultValue": "8081",
            "rules": {
              "gte": "0",
              "lte": "65535"
            }
          },
          "isOps": true,
          "name": "health-check-port"
        },
        {
          "description": "The address of these paths; 0.0.0.0 lets probes of Kubernetes in",
          "displayName": "Health check address",
          "isOps": true,
          "name": "health-check-bind-address",
          "stringField": {
            "defaultValue": "127.0.0.1"
          }
        },
        {
          "description": "How much is logged to stderr",
          "displayName": "Log level",
          "isOps": true,
          "name": "log-level",
          "stringField": {
            "defaultValue": "info"
          }
        },
        {
          "description": "Export traces, logs and metrics to this collector, by OTLP over gRPC",
          "displayName": "OpenTelemetry collector",
          "isOps": true,
          "name": "otel-collector-endpoint",
          "stringField": {}
        },
        {
          "description": "A PEM file of the certificates that the collector may identify itself with, in place of those of the system",
          "displayName": "Certificate file of the collector",
          "isOps": true,
          "name": "otel-collector-endpoint-tls-cert-path",
          "stringField": {}
        },
        {
          "description": "The same certificates themselves",
          "displayName": "Certificate of the collector",
          "isOps": true,
          "name": "otel-collector-endpoint-tls-cert",
          "stringField": {}
        },
        {
          "boolField": {},
          "description": "Reach the collector without TLS",
          "displayName": "No TLS to the collector",
          "isOps": true,
          "name": "otel-collector-endpoint-tls-insecure"
        },
        {
          "boolField": {},
          "description": "Export no traces",
          "displayName": "No traces",
          "isOps": true,
          "name": "otel-tracing-disabled"
        },
        {
          "boolField": {},
          "description": "Export no logs",
          "displayName": "No exported logs",
          "isOps": true,
          "name": "otel-logging-disabled"
        },
        {
          "description": "Has no effect in this connector",
          "displayName": "End of the log level debug",
          "isOps": true,
          "name": "log-level-debug-expires-at",
          "stringField": {}
        },
        {
          "description": "Has no effect in this connector",
          "displayName": "Session store size",
          "intField": {
            "defaultValue": "15728640",
            "rules": {
              "gte": "0",
              "lte": "9223372036854775807"
            }
          },
          "isOps": true,
          "name": "session-store-maximum-size"
        },
        {
          "description": "The key of the directory",
          "displayName": "API key",
          "isRequired": true,
          "isSecret": true,
          "name": "access-token",
          "stringField": {
            "rules": {
              "isRequired": true
            }
          }
        },
        {
          "description": "The directory to sync",
          "displayName": "Organization",
          "isRequired": true,
          "name": "organization-id",
          "stringField": {
            "rules": {
              "isRequired": true
            }
          }
        },
        {
          "description": "Where the directory is",
          "displayName": "Base URL",
          "name": "base-url",
          "placeholder": "URL",
          "stringField": {
            "defaultValue": "https://api.example.test"
          }
        },
        {
          "boolField": {},
          "description": "Sync projects too",
          "displayName": "Projects",
          "name": "with-projects"
        },
        {
          "description": "Only these regions",
          "displayName": "Regions",
          "name": "regions",
          "stringSliceField": {}
        }
      ],
      "helpUrl": "https://example.test/help"
    }
    --- stderr
    "#);
}
