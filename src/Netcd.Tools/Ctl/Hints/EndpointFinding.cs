namespace Netcd.Tools.Ctl.Hints;

/// <summary>What a look at an endpoint has shown.</summary>
internal enum EndpointFinding
{
    /// <summary>Nothing that would explain a failure.</summary>
    Nothing,

    /// <summary>Its name means no address.</summary>
    UnknownName,

    /// <summary>Nobody listens there.</summary>
    Refused,

    /// <summary>Nobody answers at all.</summary>
    Silent,

    /// <summary>A web server, or something else that speaks HTTP/1.</summary>
    WebServer,

    /// <summary>Something that speaks no HTTP/2.</summary>
    Foreign,

    /// <summary>It wants TLS.</summary>
    WantsTls,

    /// <summary>It has no TLS.</summary>
    HasNoTls,

    /// <summary>It has TLS, but for other protocols than HTTP/2.</summary>
    HasNoHttp2,

    /// <summary>Its certificate has expired, or is not valid yet.</summary>
    WrongTime,

    /// <summary>Its certificate is for other names.</summary>
    WrongName,

    /// <summary>Its certificate is from an authority that is not trusted.</summary>
    NotTrusted,

    /// <summary>It wants a certificate of ours, or another one.</summary>
    WantsCertificate,

    /// <summary>The endpoint itself, or a file for TLS, cannot be used.</summary>
    Unusable,
}

/// <summary>What a look at an endpoint has shown, and what belongs to it: a date, names, an issuer.</summary>
internal readonly record struct EndpointReport(EndpointFinding Finding, string Detail = "");
