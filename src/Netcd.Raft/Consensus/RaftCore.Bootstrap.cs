using Netcd.Raft.Wire;

namespace Netcd.Raft;

/// <content>The beginning of a cluster.</content>
internal sealed partial class RaftCore
{
    private const ulong FirstTerm = 1;

    /// <summary>Writes the members as committed configuration changes, and takes them for the configuration at once.</summary>
    public void Bootstrap(ReadOnlySpan<Peer> peers)
    {
        BecomeFollower(FirstTerm, NodeId.None);
        Entry[] entries = new Entry[peers.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            ConfChange change = new() { Type = ConfChangeType.AddNode, NodeId = peers[i].Id, Context = peers[i].Context };
            entries[i] = new Entry(EntryType.ConfChange, FirstTerm, (ulong)i + 1, RaftWire.Encode(change));
        }

        Log.Append(entries);
        Log.CommitTo((ulong)entries.Length);
        // The application will apply them once more when they are handed out; adding a member twice changes nothing.
        foreach (ref readonly Peer peer in peers)
        {
            ApplyConfChange(new ConfChangeV2 { Changes = [new ConfChangeSingle(ConfChangeType.AddNode, peer.Id)] });
        }
    }
}
