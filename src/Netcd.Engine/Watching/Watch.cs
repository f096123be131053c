using Netcd.Protocol.V3;

namespace Netcd.Engine.Watching;

/// <summary>What a watch wants of the events in its range.</summary>
[Flags]
internal enum WatchOptions : byte
{
    None = 0,

    /// <summary>No puts.</summary>
    NoPut = 1,

    /// <summary>No deletions.</summary>
    NoDelete = 2,

    /// <summary>The record before the change, with each event.</summary>
    PreviousRecord = 4,

    /// <summary>The options that decide which bytes a watch is sent; watches that agree in them share an encoding.</summary>
    Content = NoPut | NoDelete | PreviousRecord,

    /// <summary>A message that is too large comes in fragments.</summary>
    Fragment = 8,

    /// <summary>It is sent progress notifications from time to time.</summary>
    ProgressNotify = 16,
}

/// <summary>One watch of a stream. Owned by the watch stage.</summary>
internal sealed class Watch(long id, WatchStream stream, WatchOwner owner, WatchRange range, WatchOptions options, long next)
{
    /// <summary>Its id, unique in its stream.</summary>
    public long Id { get; } = id;

    /// <summary>The stream that it belongs to.</summary>
    public WatchStream Stream { get; } = stream;

    /// <summary>Whose it is.</summary>
    public WatchOwner Owner { get; } = owner;

    /// <summary>Its keys.</summary>
    public WatchRange Range { get; set; } = range;

    /// <summary>What it wants.</summary>
    public WatchOptions Options { get; } = options;

    /// <summary>
    /// The first revision that it has not been sent. In a cohort it may lag behind the cohort, which then decides: see
    /// <see cref="WatchCohort"/>.
    /// </summary>
    public long Next { get; set; } = next;

    /// <summary>The index that it is in with its cohort, or null.</summary>
    public WatchIndex? Index { get; set; }

    /// <summary>Its group there, or null.</summary>
    public WatchGroup? Group { get; set; }

    /// <summary>The list of watches without a cohort that it is in, or null.</summary>
    public WatchList? List { get; set; }

    /// <summary>Its place in the group or list.</summary>
    public int Position { get; set; }

    /// <summary>Whether it ended because its revision was compacted; its id stays taken until the client cancels it, as in etcd.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether it was sent nothing since the last round of progress notifications.</summary>
    public bool IsQuiet { get; set; } = true;

    /// <summary>Takes it out of its cohort or list.</summary>
    public void Leave()
    {
        Index?.Remove(this);
        List?.Remove(this);
    }

    /// <summary>The options that a request asks for.</summary>
    public static WatchOptions OptionsOf(WatchCreateRequest request)
    {
        WatchOptions options = (request.PrevKv ? WatchOptions.PreviousRecord : 0)
            | (request.Fragment ? WatchOptions.Fragment : 0)
            | (request.ProgressNotify ? WatchOptions.ProgressNotify : 0);
        foreach (WatchCreateRequest.Types.FilterType filter in request.Filters)
        {
            options |= filter switch
            {
                WatchCreateRequest.Types.FilterType.Noput => WatchOptions.NoPut,
                WatchCreateRequest.Types.FilterType.Nodelete => WatchOptions.NoDelete,
                _ => 0,
            };
        }

        return options;
    }
}
