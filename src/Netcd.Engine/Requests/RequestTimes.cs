namespace Netcd.Engine.Requests;

/// <summary>When a request reached the stages on its way through the log, in the nanoseconds of the engine's clock; 0 for what has not
/// happened to it, or not at this member.</summary>
public sealed class RequestTimes
{
    /// <summary>When it came in.</summary>
    public long Queued { get; internal set; }

    /// <summary>When it was handed to raft.</summary>
    public long Proposed { get; internal set; }

    /// <summary>When this member's log held it on the disk.</summary>
    public long Logged { get; internal set; }

    /// <summary>When this member knew that a quorum has it.</summary>
    public long Committed { get; internal set; }

    /// <summary>When it was applied.</summary>
    public long Applied { get; internal set; }
}
