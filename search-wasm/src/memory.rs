//! The engine's memory: sizes rounded up to powers of two, and for each a list of what is free.
//!
//! The standard library's allocator takes 4 KB of every visitor's download; this one a tenth. What
//! rounding wastes (less than half) is what growing vectors round up to anyway. A worker has one
//! thread, and so has this module: it is compiled for wasm32 without threads alone.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

/// Least size and greatest alignment, in bytes: no type of the engine is aligned to more.
const UNIT: usize = 16;
const PAGE: usize = 1 << 16;

struct Memory(UnsafeCell<State>);

struct State {
    /// Pieces of 2ⁿ bytes that are free; each begins with the address of the next.
    free: [Option<NonNull<u8>>; usize::BITS as usize],
    /// What no piece was cut from yet.
    next: usize,
    end: usize,
}

#[global_allocator]
static MEMORY: Memory =
    Memory(UnsafeCell::new(State { free: [None; usize::BITS as usize], next: 0, end: 0 }));

// SAFETY: wasm32 without threads: nothing can hold a second reference at the same time.
unsafe impl Sync for Memory {}

fn class_of(len_bytes: usize) -> u32 {
    len_bytes.max(UNIT).next_power_of_two().trailing_zeros()
}

impl State {
    fn take(&mut self, class: u32) -> *mut u8 {
        let slot = &mut self.free[class as usize];
        let Some(piece) = *slot else { return self.cut(1 << class) };
        // SAFETY: a free piece has at least `UNIT` aligned bytes, and begins with the next one's
        // address, which `give` wrote there.
        *slot = unsafe { piece.cast::<Option<NonNull<u8>>>().read() };
        piece.as_ptr()
    }

    fn cut(&mut self, len: usize) -> *mut u8 {
        if self.end - self.next < len {
            let pages = len.div_ceil(PAGE);
            let grown = wasm32::memory_grow(0, pages);
            if grown == usize::MAX {
                return ptr::null_mut();
            }
            // Behind what there was, unless the host grew the memory as well.
            if grown * PAGE != self.end {
                self.next = grown * PAGE;
            }
            self.end = (grown + pages) * PAGE;
        }
        let piece = self.next;
        self.next += len;
        ptr::with_exposed_provenance_mut(piece)
    }

    fn give(&mut self, piece: NonNull<u8>, class: u32) {
        let slot = &mut self.free[class as usize];
        // SAFETY: the piece is free, aligned to `UNIT`, and has room for an address.
        unsafe { piece.cast::<Option<NonNull<u8>>>().write(*slot) };
        *slot = Some(piece);
    }
}

// SAFETY: pieces do not overlap: they are cut one behind the other and go back whole, to the list
// of their own size. All are multiples of `UNIT` from a page's beginning, so aligned to it.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > UNIT || layout.size() > isize::MAX as usize / 2 {
            return ptr::null_mut();
        }
        // SAFETY: one thread, and `take` calls nothing that allocates.
        unsafe { (*self.0.get()).take(class_of(layout.size())) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        let Some(piece) = NonNull::new(piece) else { return };
        // SAFETY: as in `alloc`; the caller gives back what `alloc` returned for this layout.
        unsafe { (*self.0.get()).give(piece, class_of(layout.size())) }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        if class_of(layout.size()) == class_of(len) {
            return piece;
        }
        // SAFETY: the caller's promises are those of `alloc` and `dealloc`; both pieces have room
        // for the shorter length and do not overlap.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(len, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(piece, new, layout.size().min(len));
                self.dealloc(piece, layout);
            }
            new
        }
    }
}
