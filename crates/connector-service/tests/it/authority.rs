//! Certificates for both ends of a connection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_proto::utls::v1::Credential;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ED25519,
};

/// An authority, as a parent process makes one.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// In PEM: the authority, a certificate of it, and its key.
    pub(crate) fn pem(&self) -> [String; 3] {
        let (key, certificate) = self.issued();
        [
            pem("CERTIFICATE", self.0.der()),
            pem("CERTIFICATE", certificate.der()),
            pem("PRIVATE KEY", &key.serialize_der()),
        ]
    }

    /// A certificate with its key, in the form that a child gets it.
    pub(crate) fn credential(&self) -> Credential {
        let (key, certificate) = self.issued();
        // Seed and public key, as Go has them, out of PKCS #8.
        let pkcs8 = key.serialize_der();
        let seed = &pkcs8[16..48];
        Credential {
            ca_cert: self.0.der().to_vec(),
            key: [seed, key.public_key_raw()].concat(),
            cert: certificate.der().to_vec(),
        }
    }

    fn issued(&self) -> (KeyPair, Certificate) {
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let mut params =
            CertificateParams::new(vec!["127.0.0.1".to_owned(), "::1".to_owned()]).expect("names");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (key, certificate)
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
        lines.join("\n")
    )
}
