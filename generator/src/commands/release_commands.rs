//! `woodblock keys`, `sign`, `mirror`, `verify`.

use crate::args::{KeysArgs, MirrorArgs, SignArgs, VerifyArgs};
use crate::failure::{Failure, Outcome};

pub(super) fn keys(_args: KeysArgs) -> Outcome {
    Err(Failure::usage("not yet"))
}
pub(super) fn sign(_args: &SignArgs) -> Outcome {
    Err(Failure::usage("not yet"))
}
pub(super) fn mirror(_args: &MirrorArgs) -> Outcome {
    Err(Failure::usage("not yet"))
}
pub(super) fn verify(_args: &VerifyArgs) -> Outcome {
    Err(Failure::usage("not yet"))
}
