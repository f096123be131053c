namespace Netcd.Client;

/// <summary>
/// TLS to the members. Without it <c>https</c> endpoints are checked against the system's authorities. Files are read again at the next
/// connection after they have changed.
/// </summary>
public sealed record EtcdTlsOptions
{
    /// <summary>A PEM file with the authorities that may vouch for members; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>A PEM file with the client's certificate and those between it and its authority, or null.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A PEM file with the client certificate's private key, or null.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The name that a member's certificate must have, instead of the endpoint's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Takes any certificate. For tests: whoever stands in the way can then read and change everything.</summary>
    public bool SkipVerify { get; init; }
}
