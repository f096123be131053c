using System.Net.Security;

namespace Netcd.Fuzzing.Live;

/// <summary>Bytes on a port that expects TLS: handshakes that are cut off, changed, or are none. Nothing of it is accepted but a hello that
/// is still a good one.</summary>
internal sealed class HandshakeTarget : IFuzzTarget
{
    private const byte HandshakeRecord = 22;
    private readonly LiveServer server = new(new LivePort(HasTls: true, HasUsers: false));

    public string Name => "handshake";

    public IReadOnlyList<byte[]> Seeds { get; } = [Hello(["h2"]), Hello(["http/1.1"]), Hello([])];

    public Verdict Run(byte[] input)
    {
        byte[] answer = LiveConnection.Exchange(server.ClientUrl, input, secure: null, waits: false);
        server.Check();
        return answer.Length > 0 && answer[0] == HandshakeRecord ? Verdict.Accepted : Verdict.Refused;
    }

    public void Dispose() => server.Dispose();

    /// <summary>What a client says first.</summary>
    private static byte[] Hello(string[] protocols)
    {
        using FirstWords words = new();
        using SslStream client = new(words);
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = "localhost",
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(static name => new SslApplicationProtocol(name))],
        };
        try
        {
            client.AuthenticateAsClient(options);
        }
        catch (IOException)
        {
            // Nobody answers it.
        }

        return words.ToArray();
    }

    /// <summary>Keeps what is written and gives nothing to read.</summary>
    private sealed class FirstWords : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override int Read(Span<byte> buffer) => 0;
    }
}
