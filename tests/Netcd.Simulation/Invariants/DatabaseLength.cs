using System.Buffers.Binary;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Storage.Disk;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// The database's file is never shorter than either of its two metas says: while the next commit is written a crash may go back to
/// either. Looked at whenever the file has become shorter.
/// </summary>
internal sealed class DatabaseLength
{
    private const int PageBytes = 4096;
    private const int HighWaterAt = 16 + 40;

    private readonly Dictionary<ulong, (int Life, long Length)> seen = [];

    /// <summary>How often a file has become shorter.</summary>
    public int Shortened { get; private set; }

    /// <summary>A member has done a step of a stage.</summary>
    public void Stepped(SimulatedMember member, string stage)
    {
        if (stage != "backend")
        {
            return;
        }

        using IDiskFile file = member.Disk.Open(RunProfile.DatabasePath, DiskOpenMode.ReadOnly);
        long length = file.Length;
        (int life, long before) = seen.GetValueOrDefault(member.Id);
        seen[member.Id] = (member.Life, length);
        if (life == member.Life && length < before)
        {
            Shortened++;
            Check(member, file, length);
        }
    }

    private static void Check(SimulatedMember member, IDiskFile file, long length)
    {
        using IDiskMapping mapping = file.Map(2 * PageBytes);
        for (int slot = 0; slot < 2; slot++)
        {
            long needed = PageBytes * (long)BinaryPrimitives.ReadUInt64LittleEndian(Meta(mapping, slot)[HighWaterAt..]);
            if (needed > length)
            {
                throw new ViolationException(
                    "database length", $"{member.Name}: the file has {length} bytes, its meta {slot} needs {needed}");
            }
        }
    }

    private static unsafe ReadOnlySpan<byte> Meta(IDiskMapping mapping, int slot) => new(mapping.Pointer + (slot * PageBytes), PageBytes);
}
