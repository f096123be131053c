namespace Netcd.Server.Auth;

/// <summary>One call of a client, as the audit log has it: who asked what of which keys, and what came of it. Values and passwords have
/// no place in it.</summary>
internal readonly ref struct AuditRecord
{
    public DateTimeOffset Time { get; init; }

    /// <summary>Whom the token or the certificate names; empty for a caller without a name.</summary>
    public string? User { get; init; }

    /// <summary>From where.</summary>
    public string? Address { get; init; }

    /// <summary>The common name of the caller's certificate.</summary>
    public string? CertificateName { get; init; }

    /// <summary>As gRPC has it: <c>/etcdserverpb.KV/Put</c>.</summary>
    public string? Method { get; init; }

    /// <summary>What the call is about where that is no key: a user, a role, a lease, a member.</summary>
    public string? Target { get; init; }

    public ReadOnlySpan<byte> Key { get; init; }

    public ReadOnlySpan<byte> RangeEnd { get; init; }

    /// <summary>The name of gRPC's code: <c>OK</c>, <c>PermissionDenied</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The error's text; null where there is none.</summary>
    public string? Error { get; init; }

    /// <summary>The store's revision; 0 where it is not known.</summary>
    public long Revision { get; init; }

    /// <summary>The revision of users and roles; 0 where it is not known.</summary>
    public ulong AuthRevision { get; init; }
}
