//! Where memory comes from, and when it goes back.

/// Made for many threads that free what others have taken. Without large pages: with them an idle server takes a third
/// more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Gives back what is free. The allocator does so as it goes along, but what a server took to start and then rests would
/// stay with it.
#[allow(unsafe_code, reason = "the allocator has no other interface")]
pub(crate) fn give_back() {
    // SAFETY: it looks after its own free memory, may be called at any time from any thread, and keeps no reference.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
