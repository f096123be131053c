using System.Buffers.Binary;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Fuzzing.Targets;

/// <summary>The database file, whose meta pages have the right sums whatever is in them: opened by a member, and walked by the
/// checker.</summary>
internal sealed class DatabaseTarget : IFuzzTarget
{
    private const int PageBytes = 4096;
    private const int MetaOffset = 16;
    private const int FirstElement = 16;
    private const int ChecksumOffset = 56;

    private readonly byte[] valid = DataDirectory.Files[DataDirectory.DatabasePath];
    private readonly int used;

    public DatabaseTarget()
    {
        used = (valid.AsSpan().LastIndexOfAnyExcept((byte)0) / PageBytes * PageBytes) + PageBytes;
        Seeds = [Shorten(valid.AsSpan(0, used)), .. Misnamed(), NotJson()];
    }

    public string Name => "database";

    /// <summary>
    /// Inputs are changes of the file, so that most of its structure stays: where a byte stands (3 bytes), and what it becomes. The
    /// valid one rewrites what is there.
    /// </summary>
    public IReadOnlyList<byte[]> Seeds { get; }

    public Verdict Run(byte[] input)
    {
        byte[] file = valid[..used];
        for (int at = 0; at + 4 <= input.Length; at += 4)
        {
            int offset = (input[at] | (input[at + 1] << 8) | (input[at + 2] << 16)) % used;
            file[offset] = input[at + 3];
        }

        for (int page = 0; page < 2; page++)
        {
            Span<byte> meta = file.AsSpan((page * PageBytes) + MetaOffset);
            BinaryPrimitives.WriteUInt64LittleEndian(meta[ChecksumOffset..], Sum(meta[..ChecksumOffset]));
        }

        Walk(file);
        return DataDirectory.OpenWith(DataDirectory.DatabasePath, file);
    }

    public void Dispose()
    {
    }

    /// <summary>The checker's answer is not looked at: it has to come.</summary>
    private static void Walk(byte[] content)
    {
        SimulatedDisk disk = new(keepLog: false);
        using (IDiskFile file = disk.Open("/db", DiskOpenMode.CreateNew))
        {
            file.WriteAt(0, content);
        }

        try
        {
            using BoltDatabase database = BoltDatabase.Open(disk, "/db", new BoltOptions { ReadOnly = true });
            using BoltReadTransaction view = database.BeginRead();
            _ = view.Check();
        }
        catch (BoltFormatException)
        {
            // Refused: what it promises.
        }
    }

    /// <summary>Bytes of the headers and elements of some pages, as changes that change nothing.</summary>
    private static byte[] Shorten(ReadOnlySpan<byte> file)
    {
        List<byte> changes = [];
        for (int page = 0; page * PageBytes < file.Length; page++)
        {
            for (int i = 0; i < 96; i++)
            {
                int offset = (page * PageBytes) + i;
                changes.AddRange([(byte)offset, (byte)(offset >> 8), (byte)(offset >> 16), file[offset]]);
            }
        }

        return [.. changes];
    }

    /// <summary>For each page its first element: a bucket that says that it is a value, a value that says that it is a bucket.</summary>
    private IEnumerable<byte[]> Misnamed()
    {
        for (int flag = FirstElement; flag < used; flag += PageBytes)
        {
            yield return Change(flag, (byte)(valid[flag] ^ 1));
        }
    }

    /// <summary>The configuration of raft, wherever it stands, is no object.</summary>
    private byte[] NotJson()
    {
        List<byte> changes = [];
        ReadOnlySpan<byte> sought = "{\"voters\""u8;
        for (int at = 0; valid.AsSpan(at, used - at).IndexOf(sought) is >= 0 and int found; at += found + 1)
        {
            changes.AddRange(Change(at + found, (byte)'['));
        }

        return changes.Count > 0 ? [.. changes] : throw new InvalidDataException("the database has no configuration of raft");
    }

    private static byte[] Change(int offset, byte value) => [(byte)offset, (byte)(offset >> 8), (byte)(offset >> 16), value];

    /// <summary>FNV-1a of 64 bits.</summary>
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 14695981039346656037;
        foreach (byte value in bytes)
        {
            sum = (sum ^ value) * 1099511628211;
        }

        return sum;
    }
}
