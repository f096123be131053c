using System.IO.Pipelines;
using System.Text;
using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Server.Gateway;
using Netcd.Server.Running;

namespace Netcd.Server.Tests.Gateway;

public sealed class JsonRequestsTests
{
    private const int MaxMessageBytes = 1 << 20;
    private readonly Pipe pipe = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline));
    private readonly JsonRequests requests;

    public JsonRequestsTests() => requests = new JsonRequests(pipe.Reader, MaxMessageBytes);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public async Task Requests_are_read_one_after_the_other_whatever_pieces_they_come_in(int pieceBytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(
            """ {"key":"YQ==","x":["]}\"\\",{"a":"{"}]}{"key":"Yg=="}{}""" + "\n\n" + """{"key":"Yw=="}  """);
        Task writing = WriteAsync(text, pieceBytes);
        List<string> keys = [];
        while (await requests.ReadAsync<RangeRequest>() is { } request)
        {
            keys.Add(request.Key.ToStringUtf8());
        }

        await writing;
        Assert.Equal(["a", "b", "", "c"], keys);
    }

    [Fact]
    public async Task M6_the_one_request_of_a_call_has_to_come_and_those_of_a_stream_may_take_their_time()
    {
        JsonRequests impatient = new(pipe.Reader, MaxMessageBytes, new CoarseTimeout(TimeSpan.FromMilliseconds(-1_900)));
        await pipe.Writer.WriteAsync("""{"key":"""u8.ToArray());
        await Assert.ThrowsAsync<IOException>(
            async () => await impatient.ReadOnlyAsync<RangeRequest>(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        ValueTask<RangeRequest?> patient = requests.ReadOnlyAsync<RangeRequest>(CancellationToken.None);
        await Task.Delay(200);
        Assert.False(patient.IsCompleted);
        await pipe.Writer.WriteAsync("\"YQ==\"}"u8.ToArray());
        Assert.Equal("a", (await patient)!.Key.ToStringUtf8());
    }

    [Fact]
    public async Task A_request_is_read_as_soon_as_its_last_byte_has_come()
    {
        ValueTask<RangeRequest?> reading = requests.ReadAsync<RangeRequest>();
        await pipe.Writer.WriteAsync("""{"key":"YQ==" """.Select(static c => (byte)c).ToArray());
        Assert.False(reading.IsCompleted);
        await pipe.Writer.WriteAsync("}"u8.ToArray());
        Assert.Equal("a", (await reading)!.Key.ToStringUtf8());
    }

    [Fact]
    public async Task What_is_wrong_is_told_before_the_rest_has_come()
    {
        await pipe.Writer.WriteAsync("""{"key":x"""u8.ToArray());
        GatewayException failure = await Assert.ThrowsAsync<GatewayException>(async () => await requests.ReadAsync<RangeRequest>());
        Assert.Equal((StatusCode.InvalidArgument, "invalid character 'x' looking for beginning of value"), (failure.Code, failure.Message));
    }

    [Theory]
    [InlineData("""{"key":"YQ==" """, "unexpected EOF")]
    [InlineData("null", "proto: syntax error (line 1:1): unexpected token null")]
    [InlineData("nul", "unexpected EOF")]
    [InlineData("]", "invalid character ']' looking for beginning of value")]
    public async Task A_last_request_that_is_none_is_refused(string text, string message)
    {
        Task writing = WriteAsync(Encoding.UTF8.GetBytes(text), 1);
        GatewayException failure = await Assert.ThrowsAsync<GatewayException>(async () => await requests.ReadAsync<RangeRequest>());
        Assert.Equal(message, failure.Message);
        await pipe.Reader.CompleteAsync();
        await writing;
    }

    [Fact]
    public async Task A_request_that_never_ends_is_refused_when_it_is_longer_than_any()
    {
        Task writing = WriteAsync([(byte)'"', .. Enumerable.Repeat((byte)'a', 3 * MaxMessageBytes)], 64 * 1024);
        GatewayException failure = await Assert.ThrowsAsync<GatewayException>(async () => await requests.ReadAsync<RangeRequest>());
        Assert.Equal(StatusCode.ResourceExhausted, failure.Code);
        await pipe.Reader.CompleteAsync();
        await writing;
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_costs_in_proportion_to_its_length()
    {
        const int length = 64 * 1024;
        byte[] text = Encoding.UTF8.GetBytes($$"""{"key":"{{Convert.ToBase64String(new byte[length])}}"}""");
        ValueTask<RangeRequest?> reading = requests.ReadAsync<RangeRequest>();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < text.Length; i++)
        {
            // The reader goes on within the flush, on this thread.
            pipe.Writer.GetSpan(1)[0] = text[i];
            pipe.Writer.Advance(1);
            Assert.True(pipe.Writer.FlushAsync().AsTask().IsCompletedSuccessfully);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(length, (await reading)!.Key.Length);
        Assert.InRange(allocated, 0, 20L << 20);
    }

    private async Task WriteAsync(byte[] text, int pieceBytes)
    {
        for (int at = 0; at < text.Length; at += pieceBytes)
        {
            if ((await pipe.Writer.WriteAsync(text.AsMemory(at, Math.Min(pieceBytes, text.Length - at)))).IsCompleted)
            {
                break;
            }
        }

        await pipe.Writer.CompleteAsync();
    }
}
