//! Whom a mirror trusts: public keys, and how many of them each role needs.
//!
//! ```json
//! {"signatures":[…by root keys…],
//!  "signed":{"_type":"root","expires":"…","format":1,
//!            "keys":{"<keyid>":{"keytype":"ed25519","keyval":{"public":"…"},"scheme":"ed25519"}},
//!            "roles":{"release":{"keyids":["…"],"threshold":1},"root":{"keyids":["…"],"threshold":1}},
//!            "version":1}}
//! ```
//! This is TUF's root file with its later roles left out. A key's id is the SHA-256 of the
//! canonical JSON of its object, as in TUF.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, hex, unhex};
use crate::error::ReleaseError;
use crate::files::read_capped;
use crate::statement::{MAX_SIGNED_BYTES, canonical, parse_envelope};

/// Where the trust file is in a site.
pub const TRUST_PATH: &str = "woodblock/trust.json";
/// The most keys in a trust file.
const MAX_KEYS: usize = 64;
const FORMAT: u32 = 1;
const TRUST_TYPE: &str = "root";

/// Where a mirror's trust comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustSource {
    /// The trust kept by an earlier pull; without one, the pull is refused.
    Kept,
    /// A trust file that came another way than from the origin.
    File(PathBuf),
    /// The kept trust, or else the origin's own: its fingerprint must be compared by a person.
    FirstUse,
}

/// A checked trust file.
#[derive(Debug, Clone)]
pub struct Trust {
    body: TrustBody,
    keys: BTreeMap<Digest, VerifyingKey>,
    bytes: Vec<u8>,
}

/// The signed part, in the order of canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustBody {
    #[serde(rename = "_type")]
    kind: String,
    expires: Timestamp,
    format: u32,
    keys: BTreeMap<Digest, KeyObject>,
    roles: Roles,
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    release: Role,
    root: Role,
}

/// Which keys may sign, and how many must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    keyids: BTreeSet<Digest>,
    threshold: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyObject {
    keytype: String,
    keyval: KeyValue,
    scheme: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyValue {
    public: String,
}

impl KeyObject {
    fn of(key: &VerifyingKey) -> Self {
        let ed25519 = || "ed25519".to_owned();
        let keyval = KeyValue { public: hex(key.as_bytes()) };
        Self { keytype: ed25519(), keyval, scheme: ed25519() }
    }

    fn key(&self) -> Option<VerifyingKey> {
        if self.keytype != "ed25519" || self.scheme != "ed25519" {
            return None;
        }
        VerifyingKey::from_bytes(&unhex::<32>(&self.keyval.public)?).ok()
    }
}

/// The id of a key, as TUF makes it.
pub(crate) fn key_id(key: &VerifyingKey) -> Digest {
    Digest::of(&canonical(&KeyObject::of(key)))
}

impl Role {
    pub(crate) fn new(keys: &[VerifyingKey], threshold: usize) -> Self {
        Self { keyids: keys.iter().map(key_id).collect(), threshold }
    }

    pub(crate) fn holds(&self, key: Digest) -> bool {
        self.keyids.contains(&key)
    }

    pub(crate) fn threshold(&self) -> usize {
        self.threshold
    }
}

impl TrustBody {
    /// Trust in `root` keys for the trust file and `release` keys for releases.
    pub(crate) fn new(
        root: (&[VerifyingKey], usize),
        release: (&[VerifyingKey], usize),
        version: u64,
        expires: Timestamp,
    ) -> Self {
        let all = root.0.iter().chain(release.0);
        Self {
            kind: TRUST_TYPE.to_owned(),
            expires,
            format: FORMAT,
            keys: all.map(|key| (key_id(key), KeyObject::of(key))).collect(),
            roles: Roles {
                release: Role::new(release.0, release.1),
                root: Role::new(root.0, root.1),
            },
            version,
        }
    }
}

impl Trust {
    /// Reads a trust file from disk.
    pub fn read(path: &Path) -> Result<Self, ReleaseError> {
        let name = path.display().to_string();
        Self::parse(&name, &read_capped(path, &name, MAX_SIGNED_BYTES)?)
    }

    /// Reads a trust file; its keys, roles and own signatures are checked, its date is not.
    ///
    /// - `file`: its name in messages.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, ReleaseError> {
        let fail = |reason: String| ReleaseError::format(file, reason);
        let envelope = parse_envelope::<TrustBody>(file, bytes)?;
        let body = envelope.signed.clone();
        if body.kind != TRUST_TYPE || body.format != FORMAT {
            return Err(fail(format!("is no trust file of format {FORMAT}")));
        }
        let keys = checked_keys(&body).map_err(&fail)?;
        for (name, role) in [("root", &body.roles.root), ("release", &body.roles.release)] {
            check_role(role, &keys).map_err(|reason| fail(format!("role {name}: {reason}")))?;
        }
        let trust = Self { body, keys, bytes: bytes.to_vec() };
        envelope.check(file, &trust, &trust.body.roles.root)?;
        Ok(trust)
    }

    /// The SHA-256 of what the root keys signed, in groups of eight digits: for people to compare.
    pub fn fingerprint(&self) -> String {
        let digits = Digest::of(&canonical(&self.body)).to_string();
        let groups = digits.as_bytes().chunks(8).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join(" ")
    }

    /// From when on updates under this trust are refused.
    pub fn expires(&self) -> Timestamp {
        self.body.expires
    }

    /// The file's bytes as they were read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn key(&self, id: Digest) -> Option<&VerifyingKey> {
        self.keys.get(&id)
    }

    pub(crate) fn release_role(&self) -> &Role {
        &self.body.roles.release
    }
}

/// The keys, each under the id that its own contents make.
fn checked_keys(body: &TrustBody) -> Result<BTreeMap<Digest, VerifyingKey>, String> {
    if body.keys.len() > MAX_KEYS {
        return Err(format!("{} keys, at most {MAX_KEYS} allowed", body.keys.len()));
    }
    let mut keys = BTreeMap::new();
    for (id, object) in &body.keys {
        let key = object.key().ok_or_else(|| format!("key {} is no Ed25519 key", id.short(12)))?;
        // Two ids for one key would let it sign twice.
        if key_id(&key) != *id {
            return Err(format!("key {} has another id than its contents make", id.short(12)));
        }
        keys.insert(*id, key);
    }
    Ok(keys)
}

fn check_role(role: &Role, keys: &BTreeMap<Digest, VerifyingKey>) -> Result<(), String> {
    if let Some(unknown) = role.keyids.iter().find(|id| !keys.contains_key(id)) {
        return Err(format!("names key {}, which is not listed", unknown.short(12)));
    }
    if role.threshold == 0 || role.threshold > role.keyids.len() {
        let keys = role.keyids.len();
        return Err(format!("threshold {} with {keys} keys can never be right", role.threshold));
    }
    Ok(())
}
