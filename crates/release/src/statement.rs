//! What is signed: the envelope, and the release statement in it.
//!
//! ```json
//! {"signatures":[{"keyid":"…","sig":"…"}],
//!  "signed":{"_type":"release","created":"2026-11-22T13:00:00Z","expires":"…","format":1,
//!            "manifest":{"len":123,"path":"woodblock/manifest.json","sha256":"…"},
//!            "release":"0123456789ab","sequence":1795352400}}
//! ```
//! A signature covers the canonical JSON of `signed`: keys in order, no blanks, only strings,
//! whole numbers, lists and objects. Unknown keys are refused, so writing the typed value again
//! gives the bytes that were signed.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, Signer, SigningKey};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, hex, unhex};
use crate::error::ReleaseError;
use crate::manifest::MANIFEST_PATH;
use crate::trust::{Role, Trust, key_id};

/// Where the signed statement is in a site.
pub const RELEASE_PATH: &str = "woodblock/release.json";
/// The longest signed file that is read.
pub(crate) const MAX_SIGNED_BYTES: u64 = 64 * 1024;
/// The most signatures looked at.
const MAX_SIGNATURES: usize = 64;
const FORMAT: u32 = 1;
const STATEMENT_TYPE: &str = "release";

/// A signed part and its signatures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope<T> {
    signatures: Vec<KeySignature>,
    pub(crate) signed: T,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySignature {
    keyid: Digest,
    sig: String,
}

/// What is current: which manifest, under which sequence, until when.
///
/// The fields stand in the order of canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// When it was signed.
    pub created: Timestamp,
    /// From when on updates to it are refused.
    pub expires: Timestamp,
    format: u32,
    /// The manifest it stands for.
    pub manifest: ManifestRef,
    /// The manifest's release name.
    pub release: String,
    /// Rises with every signing.
    pub sequence: u64,
}

/// Digest and length of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestRef {
    /// Length in bytes.
    pub len: u64,
    path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
}

impl Statement {
    /// A statement for the manifest of these bytes.
    pub(crate) fn new(
        manifest: &[u8],
        release: &str,
        sequence: u64,
        created: Timestamp,
        expires: Timestamp,
    ) -> Self {
        let path = MANIFEST_PATH.to_owned();
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            created,
            expires,
            format: FORMAT,
            manifest: ManifestRef {
                len: manifest.len() as u64,
                path,
                sha256: Digest::of(manifest),
            },
            release: release.to_owned(),
            sequence,
        }
    }

    /// Reads a statement and checks its signatures against `trust`; dates are left to the caller.
    ///
    /// - Returns the statement and the ids of the keys whose signatures are good.
    pub(crate) fn verify(bytes: &[u8], trust: &Trust) -> Result<(Self, Vec<Digest>), ReleaseError> {
        let envelope: Envelope<Self> = parse_envelope(RELEASE_PATH, bytes)?;
        let keys = envelope.check(RELEASE_PATH, trust, trust.release_role())?;
        let statement = envelope.signed;
        let fail = |reason: String| Err(ReleaseError::format(RELEASE_PATH, reason));
        if statement.kind != STATEMENT_TYPE || statement.format != FORMAT {
            let (kind, format) = (statement.kind.escape_default(), statement.format);
            return fail(format!(
                "is a `{kind}` of format {format}, expected `release` of {FORMAT}"
            ));
        }
        if statement.manifest.path != MANIFEST_PATH {
            return fail(format!("names another manifest than {MANIFEST_PATH}"));
        }
        let name = &statement.release;
        if name.len() != 12 || !name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return fail(format!("has no release name of 12 digits: `{}`", name.escape_default()));
        }
        Ok((statement, keys))
    }

    /// The name of the release's folder in a mirror.
    pub(crate) fn folder_name(&self) -> String {
        format!("{}-{}", self.sequence, self.release)
    }
}

/// The bytes that are signed.
pub(crate) fn canonical<T: Serialize>(signed: &T) -> Vec<u8> {
    serde_json::to_vec(signed).expect("strings and numbers always serialise")
}

/// Signs with each key and wraps.
pub(crate) fn seal<T: Serialize>(signed: T, keys: &[&SigningKey]) -> Vec<u8> {
    let message = canonical(&signed);
    let sign = |key: &&SigningKey| KeySignature {
        keyid: key_id(&key.verifying_key()),
        sig: hex(&key.sign(&message).to_bytes()),
    };
    let envelope = Envelope { signatures: keys.iter().map(sign).collect(), signed };
    let mut bytes = canonical(&envelope);
    bytes.push(b'\n');
    bytes
}

/// Reads an envelope; its signatures are not checked yet.
pub(crate) fn parse_envelope<T: DeserializeOwned>(
    file: &str,
    bytes: &[u8],
) -> Result<Envelope<T>, ReleaseError> {
    let fail = |reason: String| ReleaseError::format(file, reason);
    let envelope: Envelope<T> =
        serde_json::from_slice(bytes).map_err(|error| fail(error.to_string()))?;
    if envelope.signatures.len() > MAX_SIGNATURES {
        let found = envelope.signatures.len();
        return Err(fail(format!("{found} signatures, at most {MAX_SIGNATURES} allowed")));
    }
    Ok(envelope)
}

impl<T: Serialize> Envelope<T> {
    /// Counts good signatures of the role's keys, each key once.
    ///
    /// - Returns the ids of the keys whose signatures are good.
    pub(crate) fn check(
        &self,
        file: &str,
        trust: &Trust,
        role: &Role,
    ) -> Result<Vec<Digest>, ReleaseError> {
        let message = canonical(&self.signed);
        let good: BTreeSet<Digest> = self
            .signatures
            .iter()
            .filter(|signature| role.holds(signature.keyid))
            .filter(|signature| signature.is_good(trust, &message))
            .map(|signature| signature.keyid)
            .collect();
        if good.len() >= role.threshold() {
            return Ok(good.into_iter().collect());
        }
        let signers: Vec<String> = self.signatures.iter().map(|s| s.keyid.short(12)).collect();
        let signers = if signers.is_empty() { "none".to_owned() } else { signers.join(", ") };
        let detail = format!("signed by key {signers}; was it signed with another set of keys?");
        let (file, threshold) = (file.to_owned(), role.threshold());
        Err(ReleaseError::Signature { file, valid: good.len(), threshold, detail })
    }
}

impl KeySignature {
    fn is_good(&self, trust: &Trust, message: &[u8]) -> bool {
        let signature = unhex::<64>(&self.sig).map(|bytes| Signature::from_bytes(&bytes));
        match (trust.key(self.keyid), signature) {
            // The strict check refuses keys of small order and signatures in two forms.
            (Some(key), Some(signature)) => key.verify_strict(message, &signature).is_ok(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_ascend(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Object(map) => {
                let keys: Vec<&String> = map.keys().collect();
                keys.windows(2).all(|pair| pair[0] < pair[1]) && map.values().all(keys_ascend)
            }
            serde_json::Value::Array(items) => items.iter().all(keys_ascend),
            _ => true,
        }
    }

    #[test]
    fn what_is_signed_is_canonical_json() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let time = Timestamp::from_second(1_795_352_400).unwrap();
        let statement = Statement::new(b"{}", "0123456789ab", 1, time, time);
        let bytes = seal(statement, &[&key]);
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.trim_end().contains(' '), "{text}");
        assert!(keys_ascend(&serde_json::from_str(&text).unwrap()), "{text}");
    }
}
