using System.Buffers;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>A client's end of a stream, read by hand.</summary>
internal sealed class TestStream(WatchStage stage) : WatchStream(stage)
{
    private readonly WatchHeader header = new(1, 2);
    private List<WatchMessage> taken = [];
    private List<WatchResponse> kept = [];

    /// <summary>How often the stream was told of messages.</summary>
    public int Wakes { get; private set; }

    /// <summary>How often it was told that requests are taken again.</summary>
    public int Accepts { get; private set; }

    public void Create(WatchCreateRequest request) => Request(new WatchRequest { CreateRequest = request }, WatchCaller.None);

    public void Cancel(long id) => Request(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = id } }, WatchCaller.None);

    public void AskForProgress() => Request(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, WatchCaller.None);

    /// <summary>Reads the answer to the first request, and keeps what follows for later.</summary>
    public void ReadCreated()
    {
        List<WatchResponse> responses = Read();
        Assert.True(responses[0] is { Created: true, Canceled: false });
        kept = responses[1..];
    }

    /// <summary>Reads what waits.</summary>
    public List<WatchResponse> Read()
    {
        List<WatchResponse> responses = kept;
        kept = [];
        while (TryTake(ref taken))
        {
            foreach (WatchMessage message in taken)
            {
                ArrayBufferWriter<byte> bytes = new();
                message.WriteTo(bytes, header, 3);
                Assert.Equal(message.CalculateSize(header, 3), bytes.WrittenCount);
                responses.Add(WatchResponse.Parser.ParseFrom(bytes.WrittenSpan));
            }

            Sent(taken);
        }

        return responses;
    }

    protected override void OnMessages() => Wakes++;

    protected override void OnAccepting() => Accepts++;
}
