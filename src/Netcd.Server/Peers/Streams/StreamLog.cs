using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Server.Peers.Streams;

/// <summary>What is logged of the receiving ends of streams; listed in docs/logs.md.</summary>
internal static partial class StreamLog
{
    [LoggerMessage(2601, LogLevel.Information, "established TCP streaming connection with remote peer")]
    public static partial void EstablishedReader(this ILogger log, string streamReaderType, HexId localMemberId, HexId remotePeerId);

    [LoggerMessage(2602, LogLevel.Warning, "lost TCP streaming connection with remote peer")]
    public static partial void LostReader(this ILogger log, string streamReaderType, HexId localMemberId, HexId remotePeerId, string error);

    [LoggerMessage(2603, LogLevel.Information, "stopped stream reader with remote peer")]
    public static partial void StoppedReader(this ILogger log, string streamReaderType, HexId localMemberId, HexId remotePeerId);

    [LoggerMessage(2604, LogLevel.Error, "ended stream of remote peer by an error of the program")]
    public static partial void EndedReaderByFault(this ILogger log, Exception failure, string streamReaderType, HexId remotePeerId);
}
