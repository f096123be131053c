using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Netcd.Interop.Tracing;

/// <summary>A collector of traces on loopback, to which OTLP is spoken over gRPC.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private const string Export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const int FrameHead = 5;

    private readonly WebApplication web;
    private readonly ConcurrentQueue<CollectedSpan> spans = [];

    private TraceCollector(WebApplication web) => this.web = web;

    /// <summary>host:port.</summary>
    public string Address => new Uri(
        web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;

    /// <summary>What has come so far.</summary>
    public IReadOnlyList<CollectedSpan> Spans => [.. spans];

    public static async Task<TraceCollector> StartAsync(int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http2));
        TraceCollector collector = new(builder.Build());
        collector.web.Run(collector.TakeAsync);
        await collector.web.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        Assert.Equal(Export, http.Request.Path);
        using MemoryStream body = new();
        await http.Request.Body.CopyToAsync(body);
        byte[] frame = body.ToArray();
        Assert.Equal(0, frame[0]);
        foreach (CollectedSpan span in CollectedSpan.Read(frame.AsMemory(FrameHead)))
        {
            spans.Enqueue(span);
        }

        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[FrameHead]);
        http.Response.AppendTrailer("grpc-status", "0");
    }
}

/// <summary>A span as it was sent.</summary>
/// <param name="TraceId">Its trace, in hexadecimal.</param>
/// <param name="Id">Its id.</param>
/// <param name="ParentId">The span above it; empty for none.</param>
/// <param name="Name">What it is of.</param>
/// <param name="Start">In nanoseconds of Unix time.</param>
/// <param name="End">In nanoseconds of Unix time.</param>
/// <param name="Attributes">What else is known of it.</param>
/// <param name="Resource">Who sent it.</param>
internal sealed record CollectedSpan(
    string TraceId,
    string Id,
    string ParentId,
    string Name,
    ulong Start,
    ulong End,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<string, string> Resource)
{
    /// <summary>Reads an ExportTraceServiceRequest.</summary>
    public static IEnumerable<CollectedSpan> Read(ReadOnlyMemory<byte> request) =>
        from sender in Parts(request, 1)
        let resource = Attribute(Parts(Parts(sender, 1).FirstOrDefault(), 1))
        from scope in Parts(sender, 2)
        from span in Parts(scope, 2)
        select new CollectedSpan(
            Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), Fixed(span, 7), Fixed(span, 8), Attribute(Parts(span, 9)), resource);

    private static Dictionary<string, string> Attribute(IEnumerable<ReadOnlyMemory<byte>> pairs) =>
        pairs.ToDictionary(static pair => Text(pair, 1), static pair => Value(Parts(pair, 2).First()), StringComparer.Ordinal);

    /// <summary>An AnyValue that is a text, or a number.</summary>
    private static string Value(ReadOnlyMemory<byte> value) =>
        Fields(value).FirstOrDefault() is (3, { } number, _) ? $"{number}" : Text(value, 1);

    private static IEnumerable<ReadOnlyMemory<byte>> Parts(ReadOnlyMemory<byte> message, int field) =>
        Fields(message).Where(part => part.Field == field).Select(static part => part.Bytes);

    private static string Text(ReadOnlyMemory<byte> message, int field) =>
        System.Text.Encoding.UTF8.GetString(Parts(message, field).FirstOrDefault().Span);

    private static string Hex(ReadOnlyMemory<byte> message, int field) =>
        Convert.ToHexStringLower(Parts(message, field).FirstOrDefault().Span);

    private static ulong Fixed(ReadOnlyMemory<byte> message, int field) =>
        Fields(message).FirstOrDefault(part => part.Field == field).Number ?? 0;

    private static List<(int Field, ulong? Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        List<(int, ulong?, ReadOnlyMemory<byte>)> fields = [];
        using CodedInputStream input = new(message.ToArray());
        while (input.ReadTag() is var tag && tag != 0)
        {
            int field = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    fields.Add((field, null, input.ReadBytes().ToByteArray()));
                    break;
                case WireFormat.WireType.Fixed64:
                    fields.Add((field, input.ReadFixed64(), default));
                    break;
                case WireFormat.WireType.Varint:
                    fields.Add((field, input.ReadUInt64(), default));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return fields;
    }
}
