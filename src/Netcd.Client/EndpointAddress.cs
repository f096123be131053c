namespace Netcd.Client;

/// <summary>Where a member listens for clients.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Channel">The address for HTTP; of a socket file, only whether TLS is spoken.</param>
/// <param name="SocketFile">The path of a Unix socket, or null.</param>
internal sealed record EndpointAddress(string Text, Uri Channel, string? SocketFile)
{
    /// <summary>What is equal for different spellings of one address.</summary>
    public string Key => Channel.AbsoluteUri + SocketFile;

    public bool IsTls => Channel.Scheme == Uri.UriSchemeHttps;

    public bool IsSame(EndpointAddress other) => Key == other.Key;

    /// <summary>Reads an endpoint in any form that etcd's own clients take.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static EndpointAddress Parse(string text, bool isTlsPreferred)
    {
        string trimmed = text.Trim();
        int colon = trimmed.IndexOf("://", StringComparison.Ordinal);
        string scheme = colon < 0 ? (isTlsPreferred ? "https" : "http") : trimmed[..colon];
        string rest = colon < 0 ? trimmed : trimmed[(colon + 3)..];
        return scheme switch
        {
            "http" or "https" => Network(text, scheme, rest),
            "unix" or "unixs" => Socket(text, scheme == "unixs", rest),
            _ => throw Wrong(text),
        };
    }

    private static EndpointAddress Network(string text, string scheme, string rest)
    {
        string host = rest.TrimEnd('/');
        return host.Length > 0 && !host.Contains('/', StringComparison.Ordinal)
            && Uri.TryCreate($"{scheme}://{host}", UriKind.Absolute, out Uri? address) && address.UserInfo.Length == 0
            && address.PathAndQuery == "/" && address.Port > 0
                ? new EndpointAddress(text, address, null)
                : throw Wrong(text);
    }

    private static EndpointAddress Socket(string text, bool isTls, string path) => path.Length > 0
        ? new EndpointAddress(text, new Uri(isTls ? "https://localhost" : "http://localhost"), path)
        : throw Wrong(text);

    private static ArgumentException Wrong(string text) =>
        new($"'{text}' is no endpoint: write http://host:port, https://host:port, host:port or unix:///path");
}
