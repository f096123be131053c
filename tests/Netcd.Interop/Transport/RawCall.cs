using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Transport;

/// <summary>A request of gRPC as it stands on the wire: whatever a client library would not send.</summary>
/// <param name="Path">The path.</param>
/// <param name="Body">The body: frames, or parts of some.</param>
internal sealed partial record RawCall(string Path, byte[] Body)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The method.</summary>
    public string Method { get; init; } = "POST";

    /// <summary>The content type; null for none.</summary>
    public string? ContentType { get; init; } = "application/grpc";

    /// <summary>Whether the request ends behind the body.</summary>
    public bool Ends { get; init; } = true;

    /// <summary>What stands in other headers.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A message as it is sent.</summary>
    public static byte[] Frame(byte[] message, byte flag = 0)
    {
        byte[] frame = [flag, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        return frame;
    }

    /// <summary>A message as it is sent.</summary>
    public static byte[] Frame(IMessage message) => Frame(message.ToByteArray());

    /// <summary>Bytes in gzip's format.</summary>
    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    /// <summary>Opens connections for such calls.</summary>
    public static HttpClient Open(ServerProcess server) => Open(server.Endpoint);

    /// <summary>Opens connections for such calls.</summary>
    public static HttpClient Open(string endpoint) => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri("http://" + endpoint),
    };

    /// <summary>Makes the call and gives what can be compared of its answer.</summary>
    public Task<RawAnswer> SendAsync(HttpClient client) => SendUntilAsync(client, CancellationToken.None);

    /// <summary>The same, for a call that may have no answer before it is given up.</summary>
    public async Task<RawAnswer> SendUntilAsync(HttpClient client, CancellationToken givenUp)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(givenUp);
        late.CancelAfter(Patience);
        Uri uri = new(
            client.BaseAddress! + Path.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpRequestMessage request = new(new HttpMethod(Method), uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Parts(Body, Ends ? Task.CompletedTask : Task.Delay(Timeout.Infinite, late.Token)),
        };
        if (ContentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("content-type", ContentType);
        }

        foreach ((string name, string value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late.Token);
            byte[] body = await response.Content.ReadAsByteArrayAsync(late.Token);
            await late.CancelAsync();
            return RawAnswer.Of(response, body);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or HttpIOException && ResetCode().Match(failure.ToString()) is { Success: true } code)
        {
            return new RawAnswer("reset", "", "", "", code.Groups["code"].Value, "");
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Method} {Path} {ContentType} [{string.Join(", ", Headers)}] {Convert.ToHexString(Body.AsSpan(0, Math.Min(Body.Length, 40)))}"
            + $"{(Ends ? "" : "...")}";

    [GeneratedRegex(@"HTTP/2 error code '?(?<code>\w+)")]
    private static partial Regex ResetCode();

    private sealed class Parts(byte[] bytes, Task end) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            await end;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>What can be compared of an answer.</summary>
internal sealed partial record RawAnswer(
    string HttpStatus, string ContentType, string Encoding, string Frames, string Status, string Message)
{
    public static RawAnswer Of(HttpResponseMessage response, byte[] body) => new(
        ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture),
        response.Content.Headers.TryGetValues("content-type", out IEnumerable<string>? types) ? string.Join(',', types) : "",
        Header(response, "grpc-encoding"),
        FlagsOf(body),
        Header(response, "grpc-status"),
        Comparable(Header(response, "grpc-message")));

    /// <summary>The flag of each message.</summary>
    private static string FlagsOf(byte[] body)
    {
        string flags = "";
        for (int at = 0; at + 5 <= body.Length; at += 5 + BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1)))
        {
            flags += body[at];
        }

        return flags;
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.TrailingHeaders.TryGetValues(name, out values)
            ? string.Join(',', values)
            : "";

    /// <summary>What is wrong inside a message is worded by the library that reads it.</summary>
    private static string Comparable(string text) => OwnWords().Replace(text, "${complaint}");

    [GeneratedRegex(
        "^(?<complaint>grpc: error unmarshalling request: |grpc: failed to unmarshal the received message: |grpc: failed to read "
            + "decompressed data: flate: corrupt input).*$",
        RegexOptions.Singleline)]
    private static partial Regex OwnWords();
}
