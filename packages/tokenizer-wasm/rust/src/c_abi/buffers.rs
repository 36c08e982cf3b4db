//! Buffers that the host allocates in the module's memory.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::error::Error;
use crate::ascii::BLOCK;
use crate::memory::can_allocate;

/// The buffers by their addresses. Each is followed by padding, because the encoder reads whole blocks.
#[derive(Debug, Default)]
pub(crate) struct Buffers(BTreeMap<usize, Vec<u8>>);

impl Buffers {
    /// Allocates a buffer of zeros and returns its address.
    pub(crate) fn allocate(&mut self, length: usize) -> Result<usize, Error> {
        let mut buffer = Vec::new();
        let padded = length.checked_add(BLOCK).ok_or(Error::Memory)?;
        // An entry of the map takes memory as well.
        if !can_allocate(padded.saturating_add(MAP_ENTRY)) || buffer.try_reserve_exact(padded).is_err() {
            return Err(Error::Memory);
        }
        buffer.resize(padded, 0);
        let address = buffer.as_ptr().addr();
        self.0.insert(address, buffer);
        Ok(address)
    }

    /// Frees the buffer at this address.
    pub(crate) fn free(&mut self, address: usize) -> Result<(), Error> {
        self.0.remove(&address).map(drop).ok_or(Error::Address)
    }

    /// Returns the bytes from `address` to the end of the padding, of which the first `length` are in the buffer.
    pub(crate) fn padded(&self, address: usize, length: usize) -> Result<&[u8], Error> {
        let (start, buffer) = self.0.range(..=address).next_back().ok_or(Error::Address)?;
        let bytes = buffer.get(address - start..).ok_or(Error::Address)?;
        if bytes.len() < BLOCK || bytes.len() - BLOCK < length { Err(Error::Address) } else { Ok(bytes) }
    }

    /// Returns `length` bytes at `address`. No bytes need no address.
    pub(crate) fn bytes(&self, address: usize, length: usize) -> Result<&[u8], Error> {
        if length == 0 { Ok(&[]) } else { Ok(&self.padded(address, length)?[..length]) }
    }

    /// Returns `length` bytes at `address` for writing.
    pub(crate) fn bytes_mut(&mut self, address: usize, length: usize) -> Result<&mut [u8], Error> {
        self.padded(address, length)?;
        let (start, buffer) = self.0.range_mut(..=address).next_back().ok_or(Error::Address)?;
        Ok(&mut buffer[address - start..][..length])
    }
}

/// More than the memory that an entry takes, including the nodes that inserting one may add.
const MAP_ENTRY: usize = 1 << 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_of_live_buffers_are_accessible() {
        let mut buffers = Buffers::default();
        let address = buffers.allocate(10).unwrap();
        buffers.bytes_mut(address + 2, 3).unwrap().copy_from_slice(b"abc");
        assert_eq!(buffers.bytes(address, 10), Ok(&b"\0\0abc\0\0\0\0\0"[..]));
        assert_eq!(buffers.bytes(address + 10, 0), Ok(&b""[..]));
        for (address, length) in [(address, 11), (address + 10, 1), (address + 11, 0), (address - 1, 1), (0, 1)] {
            assert!(length == 0 || buffers.bytes(address, length) == Err(Error::Address));
            assert_eq!(buffers.bytes_mut(address, length), Err(Error::Address));
        }
        assert_eq!(buffers.bytes(address, usize::MAX), Err(Error::Address));
        assert_eq!(buffers.free(address + 1), Err(Error::Address));
        assert_eq!(buffers.free(address), Ok(()));
        assert_eq!(buffers.free(address), Err(Error::Address));
        assert_eq!(buffers.bytes(address, 1), Err(Error::Address));
    }

    #[test]
    fn an_impossible_size_is_an_error() {
        let mut buffers = Buffers::default();
        assert_eq!(buffers.allocate(usize::MAX), Err(Error::Memory));
        assert_eq!(buffers.allocate(usize::MAX / 2), Err(Error::Memory));
        assert!(buffers.allocate(0).is_ok());
    }
}
