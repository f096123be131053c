namespace Netcd.Raft;

/// <summary>A change of one node: payload of <see cref="EntryType.ConfChange"/>.</summary>
public sealed class ConfChange
{
    /// <summary>An id by which the application recognizes the change.</summary>
    public ulong Id { get; init; }

    /// <summary>What to do.</summary>
    public ConfChangeType Type { get; init; }

    /// <summary>To whom; 0 makes the change void.</summary>
    public ulong NodeId { get; init; }

    /// <summary>The application's bytes.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>The same change in the newer form.</summary>
    public ConfChangeV2 ToV2() => new() { Changes = [new ConfChangeSingle(Type, NodeId)], Context = Context };
}
