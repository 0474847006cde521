//! A file descriptor that was inherited by its number.
//!
//! A number says nothing about who owns a descriptor, so taking one over is `unsafe` everywhere, and crates that offer it safely go by
//! the variables of systemd, which a Baton runner does not set. But the kernel hands descriptors over safely: one that is sent
//! through a socket arrives as an owned one. So this process sends it to itself.

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

/// An owned copy of it; not inherited any further.
pub(super) fn owned(descriptor: RawFd) -> io::Result<OwnedFd> {
    let (from, to) = UnixStream::pair()?;
    let byte = [IoSlice::new(&[0])];
    let sent = [descriptor];
    let message = [ControlMessage::ScmRights(&sent)];
    sendmsg::<()>(from.as_raw_fd(), &byte, &message, MsgFlags::empty(), None)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    recvmsg(
        &to,
        &mut [IoSliceMut::new(&mut [0])],
        &mut received,
        RecvFlags::empty(),
    )?;
    let owned = received.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let owned = owned.ok_or_else(|| io::Error::other("it was not handed over"))?;
    fcntl_setfd(&owned, FdFlags::CLOEXEC)?;
    Ok(owned)
}
