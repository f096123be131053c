using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Netcd.Storage.Bolt;

/// <summary>
/// The root of one committed state, as it stands in the meta pages 0 and 1 behind the page header: 56 bytes and their
/// FNV-64a. A commit overwrites the older of the two, so that the newer stays whole whatever becomes of the write.
/// </summary>
internal readonly record struct BoltMeta
{
    public const uint MagicNumber = 0xED0CDAED;
    public const uint FormatVersion = 2;
    public const ulong NoFreelist = ulong.MaxValue;
    public const int SizeBytes = 64;
    private const int ChecksumOffset = 56;

    public required int PageSize { get; init; }

    public required ulong RootPage { get; init; }

    public ulong RootSequence { get; init; }

    /// <summary>The first page of the list of free pages, or <see cref="NoFreelist"/>.</summary>
    public required ulong Freelist { get; init; }

    /// <summary>The first page id that was never used.</summary>
    public required ulong HighWater { get; init; }

    public required ulong TransactionId { get; init; }

    public bool HasFreelist => Freelist != NoFreelist;

    /// <summary>Reads a meta; what is wrong with it is given in words.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BoltMeta meta, out string problem)
    {
        meta = default;
        if (bytes.Length < SizeBytes)
        {
            problem = "too short for a meta page";
            return false;
        }

        uint magic = Read<uint>(bytes, 0);
        uint version = Read<uint>(bytes, 4);
        uint pageSize = Read<uint>(bytes, 8);
        problem = magic != MagicNumber ? "not a bbolt file (wrong magic number)"
            : version != FormatVersion ? $"version {version} of the format is not known"
            : Read<ulong>(bytes, ChecksumOffset) != Checksum(bytes[..ChecksumOffset]) ? "wrong checksum of the meta page"
            : !IsPageSize(pageSize) ? $"impossible page size {pageSize}"
            : "";
        if (problem.Length > 0)
        {
            return false;
        }

        meta = new BoltMeta
        {
            PageSize = (int)pageSize,
            RootPage = Read<ulong>(bytes, 16),
            RootSequence = Read<ulong>(bytes, 24),
            Freelist = Read<ulong>(bytes, 32),
            HighWater = Read<ulong>(bytes, 40),
            TransactionId = Read<ulong>(bytes, 48),
        };
        return true;
    }

    public static bool IsPageSize(uint size) => size is >= 1024 and <= 16 << 20 && (size & (size - 1)) == 0;

    /// <summary>Fills a whole meta page.</summary>
    public void WritePage(Span<byte> page, ulong pageId)
    {
        page.Clear();
        BoltPage.WriteHeader(page, pageId, BoltPage.MetaFlag, 0, 0);
        Span<byte> bytes = page.Slice(BoltPage.HeaderBytes, SizeBytes);
        Write(bytes, 0, MagicNumber);
        Write(bytes, 4, FormatVersion);
        Write(bytes, 8, (uint)PageSize);
        Write(bytes, 16, RootPage);
        Write(bytes, 24, RootSequence);
        Write(bytes, 32, Freelist);
        Write(bytes, 40, HighWater);
        Write(bytes, 48, TransactionId);
        Write(bytes, ChecksumOffset, Checksum(bytes[..ChecksumOffset]));
    }

    private static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }

    // The format is in the byte order of the host that writes it.
    private static T Read<T>(ReadOnlySpan<byte> bytes, int offset)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes[offset..]);

    private static void Write<T>(Span<byte> bytes, int offset, T value)
        where T : unmanaged => Unsafe.WriteUnaligned(ref bytes[offset], value);
}
