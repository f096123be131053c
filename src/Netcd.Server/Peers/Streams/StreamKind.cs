namespace Netcd.Server.Peers.Streams;

/// <summary>The two streams between members. The receiver opens them, the sender writes into the answer.</summary>
internal enum StreamKind
{
    /// <summary>Log entries, in etcd's msgappv2 framing: what continues the stream is sent without repeating the message's head.</summary>
    Append,

    /// <summary>Every other message, each with its length.</summary>
    Message,
}

/// <summary>Paths and names of the streams.</summary>
internal static class StreamKinds
{
    /// <summary>Under which all streams are opened.</summary>
    public const string Prefix = "/raft/stream/";

    /// <summary>The path that a stream is opened at, without the id of who opens it.</summary>
    public static string Path(this StreamKind kind) => kind == StreamKind.Append ? Prefix + "msgapp/" : Prefix + "message/";

    /// <summary>Takes the path of a request for a stream apart.</summary>
    /// <param name="path">Begins with <see cref="Prefix"/>.</param>
    /// <param name="kind">Which stream.</param>
    /// <param name="caller">What stands for the id of who opens it.</param>
    public static bool TryParse(string path, out StreamKind kind, out string caller)
    {
        kind = path.StartsWith(Path(StreamKind.Append), StringComparison.Ordinal) ? StreamKind.Append : StreamKind.Message;
        string prefix = Path(kind);
        caller = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : "";
        return caller.Length > 0 && !caller.Contains('/', StringComparison.Ordinal);
    }

    /// <summary>As etcd's log calls it.</summary>
    public static string Name(this StreamKind kind) => kind == StreamKind.Append ? "stream MsgApp v2" : "stream Message";
}
