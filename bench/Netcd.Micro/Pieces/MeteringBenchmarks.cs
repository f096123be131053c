using BenchmarkDotNet.Attributes;
using Grpc.Core;
using Netcd.Engine.Metering;
using Netcd.Protocol.V3;
using Netcd.Server.Flight;
using Netcd.Server.Hosting;
using Netcd.Server.Monitoring;

namespace Netcd.Micro.Pieces;

/// <summary>What counting costs.</summary>
public class MeteringBenchmarks
{
    private readonly Histogram histogram = new(Buckets.Seconds(0.001, 14));
    private readonly FlightRecorder flight = new(ServerParts.Clock());
    private StageFlight? stage;
    private CallMeter? basic;
    private CallMeter? timed;
    private long observed;

    [GlobalSetup]
    public void Bind()
    {
        basic = Meter(isTimed: false);
        timed = Meter(isTimed: true);
        stage = flight.Add("apply");
    }

    [Benchmark(Description = "all that is counted of a unary call"), Budget(300)]
    public void Call() => Count(basic!);

    [Benchmark(Description = "all that is counted and measured of a unary call"), Budget(300)]
    public void TimedCall() => Count(timed!);

    [Benchmark(Description = "an observation of a histogram"), Budget(60)]
    public void Observe() => histogram.Observe(observed = (observed + 7_919_000) & 0xFFFFFFF);

    [Benchmark(Description = "a step of a stage noted by the flight recorder, the look at the clock included"), Budget(100)]
    public void Step()
    {
        long began = flight.Clock.Now;
        stage!.Begin(began);
        stage.End(began, flight.Clock.Now, 3);
    }

    private static CallMeter Meter(bool isTimed)
    {
        CallMeters meters = new(isTimed);
        KV.BindService(new Binder(meters), null!);
        return meters.Of("/etcdserverpb.KV/Put");
    }

    private static void Count(CallMeter meter)
    {
        long began = meter.Begin("3.6");
        meter.Received(300);
        meter.Sent(30);
        meter.End(StatusCode.OK, began);
    }

    private sealed class Binder(CallMeters meters) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => meters.Add(method);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => meters.Add(method);
    }
}
