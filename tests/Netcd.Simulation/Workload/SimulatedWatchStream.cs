using System.Buffers;
using Netcd.Engine.Node;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Workload;

/// <summary>A client's end of a watch stream, read when the client has a mind to.</summary>
internal sealed class SimulatedWatchStream(EtcdNode node) : WatchStream(node.Watches)
{
    private readonly WatchHeader header = new WatchHeader(node.ClusterId, node.MemberId);
    private List<WatchMessage> taken = [];

    /// <summary>Reads what waits.</summary>
    public List<WatchResponse> Read()
    {
        List<WatchResponse> responses = [];
        while (TryTake(ref taken))
        {
            foreach (WatchMessage message in taken)
            {
                ArrayBufferWriter<byte> bytes = new();
                message.WriteTo(bytes, header, 1);
                responses.Add(WatchResponse.Parser.ParseFrom(bytes.WrittenSpan));
            }

            Sent(taken);
        }

        return responses;
    }

    protected override void OnMessages()
    {
    }

    protected override void OnAccepting()
    {
    }
}
