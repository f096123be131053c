namespace Netcd.Raft;

/// <summary>What each voter has acknowledged. Implemented by structs, so that asking costs no allocation.</summary>
internal interface IAcknowledgements
{
    /// <summary>The highest position that a voter has acknowledged; false when it was never heard.</summary>
    bool TryGet(ulong voter, out ulong acknowledged);
}
