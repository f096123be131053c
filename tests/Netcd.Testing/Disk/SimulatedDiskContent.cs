using System.Runtime.InteropServices;
using Netcd.Storage.Disk;

namespace Netcd.Testing.Disk;

/// <summary>
/// The bytes of one file of a <see cref="SimulatedDisk"/>. Mappings point straight into the array; when the file outgrows
/// it, the old array stays with its mappings and later writes go to both, so that a mapping shows them as a real one does.
/// </summary>
internal sealed class SimulatedDiskContent
{
    private readonly List<Mapping> mappings = [];
    private byte[] bytes;

    public SimulatedDiskContent(byte[] bytes, long length)
    {
        this.bytes = bytes;
        Length = length;
        AllocatedBytes = length;
    }

    public long Length { get; private set; }

    /// <summary>What counts against the disk's capacity: up to the last byte written or reserved, holes beyond it being free.</summary>
    public long AllocatedBytes { get; private set; }

    public bool IsLocked { get; set; }

    public ReadOnlySpan<byte> Span => bytes.AsSpan(0, (int)Length);

    public int Read(long offset, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        if (count > 0)
        {
            bytes.AsSpan((int)offset, count).CopyTo(buffer);
        }

        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        EnsureLength(offset + data.Length);
        AllocatedBytes = Math.Max(AllocatedBytes, offset + data.Length);
        data.CopyTo(bytes.AsSpan((int)offset));
        foreach (Mapping mapping in mappings)
        {
            if (mapping.Bytes != bytes && offset < mapping.Bytes.Length)
            {
                data[..(int)Math.Min(data.Length, mapping.Bytes.Length - offset)].CopyTo(mapping.Bytes.AsSpan((int)offset));
            }
        }
    }

    public void Allocate(long length) => AllocatedBytes = Math.Max(AllocatedBytes, length);

    public void SetLength(long length)
    {
        if (length < Length)
        {
            bytes.AsSpan((int)length, (int)(Length - length)).Clear();
            Length = length;
            AllocatedBytes = Math.Min(AllocatedBytes, length);
            return;
        }

        EnsureLength(length);
    }

    public IDiskMapping Map(long length)
    {
        Mapping mapping = new(this, bytes, length);
        mappings.Add(mapping);
        return mapping;
    }

    /// <summary>Whoever had it open is gone.</summary>
    public void Abandon()
    {
        IsLocked = false;
        foreach (Mapping mapping in mappings.ToArray())
        {
            mapping.Dispose();
        }
    }

    private void EnsureLength(long length)
    {
        if (length > bytes.Length)
        {
            byte[] larger = new byte[checked((int)Math.Max(length, Math.Min(2L * bytes.Length, Array.MaxLength)))];
            Span.CopyTo(larger);
            bytes = larger;
        }

        Length = Math.Max(Length, length);
    }

    private sealed unsafe class Mapping : IDiskMapping
    {
        private readonly SimulatedDiskContent owner;
        private GCHandle pin;

        public Mapping(SimulatedDiskContent owner, byte[] bytes, long length)
        {
            this.owner = owner;
            Bytes = bytes;
            Length = length;
            pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        }

        public byte[] Bytes { get; }

        public long Length { get; private set; }

        public byte* Pointer => pin.IsAllocated
            ? (byte*)pin.AddrOfPinnedObject()
            : throw new ObjectDisposedException(nameof(IDiskMapping));

        /// <summary>As long as the array is the file's: a file that grows is mapped anew now and then, and now and then is not.</summary>
        public bool TryResize(long length)
        {
            lock (owner)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(length, owner.Length);
                if (Bytes != owner.bytes)
                {
                    return false;
                }

                Length = length;
                return true;
            }
        }

        public void Dispose()
        {
            lock (owner)
            {
                if (pin.IsAllocated)
                {
                    pin.Free();
                    owner.mappings.Remove(this);
                }
            }
        }
    }
}
