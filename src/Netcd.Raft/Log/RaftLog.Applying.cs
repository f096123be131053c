namespace Netcd.Raft;

/// <content>What may be applied, and how much of it is on its way. Applied &lt;= Applying &lt;= Committed.</content>
internal sealed partial class RaftLog
{
    private readonly ulong maxApplyingBytes;
    private ulong applyingBytes;
    private bool applyingPaused;

    /// <summary>The highest index handed out to be applied.</summary>
    public ulong Applying { get; private set; }

    /// <summary>The highest index known to be applied.</summary>
    public ulong Applied { get; private set; }

    /// <summary>
    /// True when <see cref="NextCommitted"/> has entries. With <paramref name="allowUnstable"/>, entries committed by others but not yet
    /// durable here count too.
    /// </summary>
    public bool HasNextCommitted(bool allowUnstable) =>
        !applyingPaused && !HasPendingSnapshot && Applying < MaxAppliable(allowUnstable);

    public ReadOnlyMemory<Entry> NextCommitted(bool allowUnstable)
    {
        if (!HasNextCommitted(allowUnstable))
        {
            return default;
        }

        if (applyingBytes >= maxApplyingBytes)
        {
            throw new RaftInvariantException($"applying pauses at its limit: {applyingBytes} of {maxApplyingBytes} bytes");
        }

        LogResult result = Slice(Applying + 1, MaxAppliable(allowUnstable) + 1, RemainingApplyingBytes, out ReadOnlyMemory<Entry> entries);
        if (result != LogResult.Ok)
        {
            throw new RaftInvariantException($"entries not yet applied stay in the log: {Applying + 1} is {result}");
        }

        return entries;
    }

    /// <summary>Entries were handed out to be applied.</summary>
    public void AcceptApplying(ReadOnlySpan<Entry> entries, bool allowUnstable)
    {
        ulong index = entries[^1].Index;
        if (index > Committed)
        {
            throw new RaftInvariantException($"only committed entries are applied: {index} > {Committed}");
        }

        Applying = index;
        if (maxApplyingBytes != EntrySizes.Unlimited)
        {
            applyingBytes += EntrySizes.Encoded(entries);
        }

        // Short of what may be applied means that the next entry would break the limit.
        applyingPaused = applyingBytes >= maxApplyingBytes || index < MaxAppliable(allowUnstable);
    }

    /// <summary>Entries up to an index were applied; <paramref name="bytes"/> is their encoded size.</summary>
    public void AppliedTo(ulong index, ulong bytes)
    {
        if (index > Committed || index < Applied)
        {
            throw new RaftInvariantException(
                $"the applied index moves forward within the committed: {Applied} to {index}, committed {Committed}");
        }

        Applied = index;
        Applying = Math.Max(Applying, index);
        applyingBytes -= Math.Min(applyingBytes, bytes);
        applyingPaused = applyingBytes >= maxApplyingBytes;
    }

    /// <summary>True when a configuration change is committed and not yet applied; who applies late must not campaign.</summary>
    public bool HasUnappliedConfChange()
    {
        ulong low = Applied + 1;
        while (low <= Committed)
        {
            // In pages: what is committed but not applied may be large.
            if (Slice(low, Committed + 1, maxApplyingBytes, out ReadOnlyMemory<Entry> page) != LogResult.Ok || page.IsEmpty)
            {
                throw new RaftInvariantException($"entries not yet applied stay in the log: {low} cannot be read");
            }

            foreach (ref readonly Entry entry in page.Span)
            {
                if (entry.Type is EntryType.ConfChange or EntryType.ConfChangeV2)
                {
                    return true;
                }
            }

            low += (ulong)page.Length;
        }

        return false;
    }

    private ulong RemainingApplyingBytes =>
        maxApplyingBytes == EntrySizes.Unlimited ? EntrySizes.Unlimited : maxApplyingBytes - applyingBytes;

    private ulong MaxAppliable(bool allowUnstable) => allowUnstable ? Committed : Math.Min(Committed, unstable.Offset - 1);
}
