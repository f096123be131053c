namespace Netcd.Server.Hosting;

/// <summary>Whether other processes may listen on the same ports (<c>--socket-reuse-port</c>).</summary>
internal sealed record PortSharing(bool IsOn);
