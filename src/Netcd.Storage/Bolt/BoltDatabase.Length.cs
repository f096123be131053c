using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <content>How long the file is: it grows by steps, and a defragmentation shortens it again.</content>
public sealed partial class BoltDatabase
{
    private bool isDefragmenting;

    /// <summary>The file may be longer than its pages need.</summary>
    private bool isTooLong;

    /// <summary>A defragmentation has ended while states older than this one were held: their pages may be at the end.</summary>
    private ulong cutsUntil;

    /// <summary>Begins to make the file as small as it gets, in steps: see <see cref="BoltDefragmentation"/>.</summary>
    /// <param name="options">How large a step may be.</param>
    /// <exception cref="InvalidOperationException">One is under way.</exception>
    public BoltDefragmentation BeginDefragmentation(BoltDefragmentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (isDefragmenting)
        {
            throw new InvalidOperationException("There is a defragmentation already.");
        }

        isDefragmenting = true;
        isTooLong = true;
        return new BoltDefragmentation(this, options);
    }

    /// <summary>The pages that are in use, those of a list of free pages included; for the writer's thread.</summary>
    internal long PagesInUse => (long)current!.Meta.HighWater - 2 - Freelist.FreeCount - Freelist.PendingCount;

    internal ulong HighWater => current!.Meta.HighWater;

    /// <summary>By how much a commit may shorten the file.</summary>
    internal long ShorteningStep => Math.Max(options.ShorteningStepBytes, PageSize);

    internal void EndDefragmentation()
    {
        isDefragmenting = false;
        cutsUntil = current?.Meta.TransactionId ?? 0;
    }

    /// <summary>Makes the file long enough and maps what it gained. Nothing is written by then: a full disk costs only the
    /// transaction.</summary>
    internal void Grow(ulong highWater)
    {
        long needed = checked((long)highWater * PageSize);
        if (needed <= mapping.Length)
        {
            return;
        }

        Extend(needed);
        try
        {
            // The length must be durable before a meta page that counts on it is.
            file.Flush();
        }
        catch (Exception broken)
        {
            Fail(broken);
            throw;
        }

        Use(MappingOf(file.Length));
    }

    private void Extend(long needed)
    {
        long length = LengthFor(needed);
        try
        {
            file.Preallocate(length);
        }
        catch (IOException full) when (DiskErrors.IsDiskFull(full) && length > needed)
        {
            file.Preallocate(needed);
        }
    }

    /// <summary>How long the file is made where so many bytes of it are needed.</summary>
    private long LengthFor(long needed)
    {
        long step = Math.Max(options.GrowthStepBytes, PageSize);
        long length = 8L * PageSize;
        while (length < needed && length < step)
        {
            length *= 2;
        }

        return length < needed ? (needed + step - 1) / step * step : length;
    }

    /// <summary>Whether the next commit is to cut off what is free at the end: while a defragmentation runs, and behind it until those
    /// are gone who read meanwhile.</summary>
    private bool CutsTail()
    {
        if (isDefragmenting)
        {
            return true;
        }

        bool wasWaiting = cutsUntil > 0;
        if (wasWaiting && snapshots[0].Meta.TransactionId >= cutsUntil)
        {
            // What was held till now has just become free: this commit is the last one that looks for it.
            cutsUntil = 0;
        }

        return wasWaiting;
    }

    /// <summary>
    /// Gives the file's end back to the system once nobody needs it: neither of the two metas on the disk, as a crash goes back to
    /// either while the next commit writes, nor any state that is still read, as a mapping must not be touched beyond the file's end.
    /// </summary>
    /// <remarks>It becomes durable with the next flush; until then a crash leaves the file as long as before, which is right too.</remarks>
    private void Shorten(BoltMeta older, BoltMeta newer)
    {
        if (!isTooLong)
        {
            return;
        }

        ulong needed = Math.Max(older.HighWater, newer.HighWater);
        lock (gate)
        {
            snapshots.RemoveAll(static s => !s.IsHeld);
            foreach (BoltSnapshot held in snapshots)
            {
                needed = Math.Max(needed, held.Meta.HighWater);
            }
        }

        long shortest = LengthFor((long)needed * PageSize);
        long length = Math.Max(shortest, file.Length - ShorteningStep);
        if (length >= file.Length || TrySetLength(length))
        {
            isTooLong = isDefragmenting || cutsUntil > 0 || LengthFor((long)newer.HighWater * PageSize) < length;
        }
    }

    private bool TrySetLength(long length)
    {
        BoltMapping? shorter = null;
        try
        {
            shorter = MappingOf(length);
            snapshots.ForEach(held => held.Cut(length));
            file.SetLength(length);
        }
        catch (IOException refused) when (DiskErrors.IsLackOfRoom(refused) || DiskErrors.IsMapped(refused))
        {
            // The commit is done, and a file that is too long does no harm: the next commit tries again.
            Discard(shorter);
            return false;
        }
        catch (Exception broken)
        {
            Discard(shorter);
            Fail(broken);
            throw;
        }

        Use(shorter);
        return true;
    }

    /// <summary>The present mapping where it can take that length. To map a large file anew costs its readers a page fault for every
    /// page that they know already, and a tenth of a second at the end of the former mapping.</summary>
    private BoltMapping MappingOf(long length) => mapping.TryResize(length) ? mapping : new BoltMapping(file.Map(length));

    /// <summary>Later states are read through it; earlier ones keep theirs.</summary>
    private void Use(BoltMapping next)
    {
        if (next != mapping)
        {
            mapping.Release();
            mapping = next;
        }
    }

    private void Discard(BoltMapping? unused)
    {
        if (unused != mapping)
        {
            unused?.Release();
        }
    }
}
