using Microsoft.Extensions.Logging;
using Netcd.Engine.Node;

namespace Netcd.Server.Hosting;

/// <summary>What a server is told at its start.</summary>
public sealed record ServerOptions
{
    /// <summary>The member behind it.</summary>
    public required NodeOptions Node { get; init; }

    /// <summary>URLs to listen on for clients, <c>http://host:port</c>.</summary>
    public required IReadOnlyList<Uri> ListenClientUrls { get; init; }

    /// <summary>URLs to listen on for peers.</summary>
    public required IReadOnlyList<Uri> ListenPeerUrls { get; init; }

    /// <summary>Whether the JSON gateway is served.</summary>
    public bool EnableGateway { get; init; } = true;

    /// <summary>Streams that a client may have open on a connection.</summary>
    public uint MaxConcurrentStreams { get; init; } = uint.MaxValue;

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
