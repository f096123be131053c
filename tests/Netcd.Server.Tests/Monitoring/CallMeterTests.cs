using Grpc.Core;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Tests.Monitoring;

/// <summary>Calls are counted by what clients say of themselves, which is bounded.</summary>
public sealed class CallMeterTests
{
    private static readonly Marshaller<string> Text = Marshallers.StringMarshaller;

    [Fact]
    public void Versions_of_clients_are_told_apart_up_to_a_bound_of_number_and_length()
    {
        CallMeters meters = new(isTimed: false);
        for (int n = 0; n < 1_000; n++)
        {
            meters.CountClient(isUnary: true, $"3.{n}");
        }

        meters.CountClient(isUnary: true, null);
        meters.CountClient(isUnary: false, null);
        meters.CountClient(isUnary: false, new string('9', 10_000));
        Dictionary<(string, string), long> counted = meters.Clients.ToDictionary(
            static one => (one.Type, one.Version), static one => one.Calls.Value);
        Assert.InRange(counted.Count, 10, 80);
        Assert.Equal(1_003, counted.Values.Sum());
        Assert.Equal(1, counted[("unary", "3.7")]);
        Assert.Equal(1, counted[("stream", "unknown")]);
        Assert.Equal(1, counted[("stream", "other")]);
    }

    [Fact]
    public void A_call_is_timed_only_where_that_is_asked_for()
    {
        Method<string, string> method = new(MethodType.DuplexStreaming, "some.Service", "Talk", Text, Text);
        CallMeters basic = new(isTimed: false);
        CallMeters extensive = new(isTimed: true);
        foreach (CallMeters meters in (CallMeters[])[basic, extensive])
        {
            meters.Add(method);
            CallMeter meter = meters.Of("/some.Service/Talk");
            long began = meter.Begin("3.5");
            meter.Received(7);
            meter.Sent(30, messages: 3);
            meter.End(StatusCode.Unavailable, began);
            Assert.Equal(("bidi_stream", 1), (meter.Type, meter.Started.Value));
            Assert.Equal((1, 3), (meter.ReceivedMessages.Value, meter.SentMessages.Value));
            Assert.Equal((7, 30), (meters.ReceivedBytes.Value, meters.SentBytes.Value));
            Assert.Equal(1, meter.Ended(14).Value);
            Assert.Equal("Unavailable", CallMeters.Codes[14]);
        }

        Assert.Null(basic.Of("/some.Service/Talk").Durations);
        Assert.Equal(1, extensive.Of("/some.Service/Talk").Durations!.Cumulated()[^1]);
    }
}
