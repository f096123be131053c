using Netcd.Engine.Records;

namespace Netcd.Engine.Watching;

/// <summary>A change that some watch wants. Lives for a step, as its record may lie in the mapped file.</summary>
internal sealed class MatchedChange(Revision revision, bool isDeletion, RecordBytes record)
{
    public Revision Revision { get; } = revision;

    public bool IsDeletion { get; } = isDeletion;

    public RecordBytes Record { get; } = record;

    /// <summary>The event, encoded when it is first asked for.</summary>
    public byte[]? Encoded { get; set; }

    /// <summary>The event with the record before it, encoded when it is first asked for.</summary>
    public byte[]? EncodedWithPrevious { get; set; }
}
