namespace Netcd.Server.Auth;

/// <summary>Where the lines of the audit log go. For one thread.</summary>
internal abstract class AuditOutput : IDisposable
{
    /// <summary>Writes whole lines: all of them, or none where it fails.</summary>
    /// <exception cref="IOException">It cannot be written to now.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public abstract void Write(ReadOnlySpan<byte> lines);

    /// <inheritdoc/>
    public abstract void Dispose();
}
