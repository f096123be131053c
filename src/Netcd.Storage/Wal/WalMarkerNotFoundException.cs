namespace Netcd.Storage.Wal;

/// <summary>The log does not hold the snapshot marker that it was to be opened at, or holds it with another term.</summary>
public sealed class WalMarkerNotFoundException(string directory, WalMarker marker, string reason)
    : IOException($"{directory}: no snapshot marker for index {marker.Index}, term {marker.Term}: {reason}")
{
    /// <summary>The marker asked for.</summary>
    public WalMarker Marker { get; } = marker;
}
