namespace Netcd.Client.Watching;

/// <summary>How a key changed.</summary>
public enum WatchEventType
{
    /// <summary>It was put.</summary>
    Put,

    /// <summary>It was deleted, or ended with its lease.</summary>
    Delete,
}

/// <summary>A change of a key.</summary>
/// <param name="Type">How it changed.</param>
/// <param name="KeyValue">What it is now. Of a deleted key: its name, and the revision at which it was deleted.</param>
/// <param name="Previous">What it was before, if the watch asked for it and there was such a thing.</param>
public sealed record WatchEvent(WatchEventType Type, KeyValue KeyValue, KeyValue? Previous)
{
    /// <summary>Whether there was no such key before.</summary>
    public bool IsCreate => Type == WatchEventType.Put && KeyValue.CreateRevision == KeyValue.ModRevision;
}
