using Google.Protobuf;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Workload;

/// <summary>What was acknowledged to clients: it has to be there at the end, at its revision or under a later one.</summary>
internal sealed class ClientLedger
{
    private const string Name = "durability";

    private readonly Dictionary<ByteString, Write> newest = [];

    /// <summary>The newest revision that any client has seen.</summary>
    public long NewestRevision { get; private set; } = 1;

    /// <summary>Writes that were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Operations that were begun.</summary>
    public int Operations { get; set; }

    /// <summary>Operations whose outcome nobody knows.</summary>
    public int Unknown { get; set; }

    /// <summary>A response told of a revision.</summary>
    public void Saw(long revision) => NewestRevision = Math.Max(NewestRevision, revision);

    /// <summary>A write of a key was acknowledged; null is a deletion.</summary>
    public void Wrote(ByteString key, ByteString? value, long revision)
    {
        Acknowledged++;
        Saw(revision);
        if (!newest.TryGetValue(key, out Write before) || before.Revision <= revision)
        {
            newest[key] = new Write(value, revision);
        }
    }

    /// <summary>Holds what a member has against what was acknowledged.</summary>
    public void Check(SimulatedMember member)
    {
        using ReadHandle handle = member.Node!.Reads.Acquire();
        RangeResponse all = handle.Range(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) }).ToMessage();
        if (member.Node.Revision < NewestRevision)
        {
            throw new ViolationException(
                Name, $"{member.Name} ends at revision {member.Node.Revision}, but {NewestRevision} was told to a client");
        }

        Dictionary<ByteString, KeyValue> found = all.Kvs.ToDictionary(static kv => kv.Key);
        foreach ((ByteString key, Write write) in newest)
        {
            found.TryGetValue(key, out KeyValue? kv);
            bool isThere = kv is null
                ? write.Value is null || IsDeletionPossible
                : kv.ModRevision > write.Revision || (kv.ModRevision == write.Revision && kv.Value.Equals(write.Value));
            if (!isThere)
            {
                throw new ViolationException(
                    Name,
                    $"{member.Name} has {key.ToStringUtf8()} = {kv?.Value.ToStringUtf8() ?? "nothing"} at {kv?.ModRevision}, but "
                        + $"{write.Value?.ToStringUtf8() ?? "its deletion"} was acknowledged at {write.Revision}");
            }
        }
    }

    /// <summary>Whether a deletion was begun whose outcome nobody knows: then what was written last may be gone.</summary>
    public bool IsDeletionPossible { get; set; }

    private readonly record struct Write(ByteString? Value, long Revision);
}
