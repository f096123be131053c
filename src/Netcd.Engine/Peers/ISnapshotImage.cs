
namespace Netcd.Engine.Peers;

/// <summary>The backend's file as it was at one moment, to be sent to a member that is too far behind for log entries.</summary>
public interface ISnapshotImage : IDisposable
{
    /// <summary>The bytes that <see cref="CopyTo"/> writes.</summary>
    long SizeBytes { get; }

    /// <summary>Writes the whole file. Blocks as long as the target does; called once, off the engine's threads.</summary>
    /// <param name="target">Takes the bytes front to back.</param>
    void CopyTo(Stream target);
}
