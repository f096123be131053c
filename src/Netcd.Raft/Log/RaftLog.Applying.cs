namespace Netcd.Raft;

/// <content>What may be applied, and how much of it is on its way. Applied &lt;= Applying &lt;= Committed.</content>
internal sealed partial class RaftLog
{
    private readonly ulong _maxApplyingBytes;
    private ulong _applyingBytes;
    private bool _applyingPaused;

    /// <summary>The highest index handed out to be applied.</summary>
    public ulong Applying { get; private set; }

    /// <summary>The highest index known to be applied.</summary>
    public ulong Applied { get; private set; }

    /// <summary>
    /// True when <see cref="NextCommitted"/> has entries. With <paramref name="allowUnstable"/>, entries committed by others but not yet
    /// durable here count too.
    /// </summary>
    public bool HasNextCommitted(bool allowUnstable) =>
        !_applyingPaused && !HasPendingSnapshot && Applying < MaxAppliable(allowUnstable);

    public ReadOnlyMemory<Entry> NextCommitted(bool allowUnstable)
    {
        if (!HasNextCommitted(allowUnstable))
            return default;
        if (_applyingBytes >= _maxApplyingBytes)
            throw new RaftInvariantException($"applying pauses at its limit: {_applyingBytes} of {_maxApplyingBytes} bytes");
        var result = Slice(Applying + 1, MaxAppliable(allowUnstable) + 1, RemainingApplyingBytes, out var entries);
        if (result != LogResult.Ok)
            throw new RaftInvariantException($"entries not yet applied stay in the log: {Applying + 1} is {result}");
        return entries;
    }

    /// <summary>Entries were handed out to be applied.</summary>
    public void AcceptApplying(ReadOnlySpan<Entry> entries, bool allowUnstable)
    {
        var index = entries[^1].Index;
        if (index > Committed)
            throw new RaftInvariantException($"only committed entries are applied: {index} > {Committed}");
        Applying = index;
        if (_maxApplyingBytes != EntrySizes.Unlimited)
            _applyingBytes += EntrySizes.Encoded(entries);
        // Short of what may be applied means that the next entry would break the limit.
        _applyingPaused = _applyingBytes >= _maxApplyingBytes || index < MaxAppliable(allowUnstable);
    }

    /// <summary>Entries up to an index were applied; <paramref name="bytes"/> is their encoded size.</summary>
    public void AppliedTo(ulong index, ulong bytes)
    {
        if (index > Committed || index < Applied)
            throw new RaftInvariantException($"the applied index moves forward within the committed: {Applied} to {index}, committed {Committed}");
        Applied = index;
        Applying = Math.Max(Applying, index);
        _applyingBytes -= Math.Min(_applyingBytes, bytes);
        _applyingPaused = _applyingBytes >= _maxApplyingBytes;
    }

    /// <summary>True when a configuration change is committed and not yet applied; who applies late must not campaign.</summary>
    public bool HasUnappliedConfChange()
    {
        var low = Applied + 1;
        while (low <= Committed)
        {
            // In pages: what is committed but not applied may be large.
            if (Slice(low, Committed + 1, _maxApplyingBytes, out var page) != LogResult.Ok || page.IsEmpty)
                throw new RaftInvariantException($"entries not yet applied stay in the log: {low} cannot be read");
            foreach (ref readonly var entry in page.Span)
            {
                if (entry.Type is EntryType.ConfChange or EntryType.ConfChangeV2)
                    return true;
            }

            low += (ulong)page.Length;
        }

        return false;
    }

    private ulong RemainingApplyingBytes =>
        _maxApplyingBytes == EntrySizes.Unlimited ? EntrySizes.Unlimited : _maxApplyingBytes - _applyingBytes;

    private ulong MaxAppliable(bool allowUnstable) => allowUnstable ? Committed : Math.Min(Committed, _unstable.Offset - 1);
}
