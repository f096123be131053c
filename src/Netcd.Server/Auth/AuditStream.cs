namespace Netcd.Server.Auth;

/// <summary>Standard output.</summary>
internal sealed class AuditStream(Stream stream) : AuditOutput
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> lines)
    {
        stream.Write(lines);
        stream.Flush();
    }

    /// <inheritdoc/>
    public override void Dispose() => stream.Dispose();
}
